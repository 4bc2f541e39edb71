"""The second witness: every number again, from its definition, in plain Python apart from botlens."""
