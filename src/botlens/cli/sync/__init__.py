"""`botlens sync`: a PostgreSQL, followed."""
