"""Commits of one process on one folder: a journal, and states in memory."""
