"""Interpret a footprint (ISO 14067, 6.6): compare rules, find what matters, say what is uncertain or missing."""
