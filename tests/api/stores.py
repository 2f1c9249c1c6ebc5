"""Which stores a test of the interface runs on."""

import pytest

on_both_stores = pytest.mark.parametrize("fresh_site", ["sqlite", "postgresql"], indirect=True)
"""For what databases do differently: runs on both at every call."""
