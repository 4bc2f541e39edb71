"""Kept of gaps in the store: vectors, spaces, memberships, summaries, what was measured since a fix."""
