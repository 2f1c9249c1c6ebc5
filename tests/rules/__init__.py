"""Tests of rulebooks and parameters."""
