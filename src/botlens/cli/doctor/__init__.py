"""`botlens doctor`."""
