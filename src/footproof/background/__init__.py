"""Databases become systems: who makes what, who supplies whom, what counts as which gas, and what is wrong with it."""
