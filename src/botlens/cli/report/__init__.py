"""`botlens report`."""
