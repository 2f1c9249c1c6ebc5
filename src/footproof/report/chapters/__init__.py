"""Chapters of a report in the order of the Chinese template; each makes blocks of the record, in one language."""
