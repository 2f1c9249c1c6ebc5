"""Verification of a claimed footprint (ISO 14064-3, ISO/IEC 17029): find errors, recompute, sample, conclude, state.

Pure: no clock, no network, no store. Whoever calls gives the study, the rule and the day.
"""
