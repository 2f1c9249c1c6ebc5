"""Studies that are wrong in one way each, and what the command line says about them."""
