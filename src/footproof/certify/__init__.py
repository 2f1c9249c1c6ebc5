"""Certification: schemes as data, people in roles, cases, decisions, certificates and what follows them.

Pure: values in, values out; no clock, no network, no database.
"""
