"""`botlens move`: the command, and what a person sees of it."""
