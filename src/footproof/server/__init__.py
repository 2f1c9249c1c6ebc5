"""The edge: workspaces on disk, publication of the static tree, serving. Clocks, files and keys live here."""
