"""`botlens import`."""
