"""`botlens demo`."""
