"""Commits of one process of several: a journal in PostgreSQL, and a store for each shard."""
