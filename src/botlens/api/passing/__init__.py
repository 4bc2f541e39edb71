"""Requests that came to a node which has not the company: passed on, once, to the one that has it."""
