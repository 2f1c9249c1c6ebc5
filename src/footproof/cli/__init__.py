"""The command line: read the arguments, call one function, print. One module per command."""

from footproof.cli.main import main

__all__ = ["main"]
