"""`python -m footproof`."""

from footproof.cli import main

if __name__ == "__main__":
    main()
