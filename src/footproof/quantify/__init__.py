"""The matrix engine: numbers in, numbers out.

It knows arrays only: no files, no rules, no wording. Figures here are 64-bit floats; they become decimals in `assess`.
Heijungs & Suh (2002), The Computational Structure of Life Cycle Assessment.
"""
