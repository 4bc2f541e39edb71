"""Commits over one store, whoever keeps their journal: states in memory, what is pending, what writes it."""
