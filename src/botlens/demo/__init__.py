"""A made-up year of conversations."""
