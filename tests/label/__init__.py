"""Tests of the mark."""
