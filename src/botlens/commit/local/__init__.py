"""Commits of one process on one folder: its journal is in files."""
