"""The study report and its pictures, in Chinese and English from one record."""
