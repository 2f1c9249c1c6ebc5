"""Product carbon footprints that prove themselves."""

__version__ = "0.1.0"
