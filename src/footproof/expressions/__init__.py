"""The total expression language: exact numbers, truth values and text; no loops, no recursion, no input or output.

Rulebooks and studies write it as text (`parse`); a calculation sheet holds its tree as JSON arrays. Both are evaluated
by the same code under the same limits, as `docs/reference/sheet.md` sections 2 and 3 set them.
"""
