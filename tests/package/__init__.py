"""Packages that were damaged, forged or built to exhaust the reader."""
