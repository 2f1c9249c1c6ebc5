"""Tests of the command line: what it prints, which code it exits with, what it leaves behind."""
