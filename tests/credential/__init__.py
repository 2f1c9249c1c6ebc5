"""Tests of certificates as credentials."""
