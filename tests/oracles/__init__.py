"""Independent computations that the tests hold the product against."""
