"""The time on the wall of PostgreSQL, which all nodes share: none of theirs is compared with another's."""

NOW = "extract(epoch FROM clock_timestamp())::float8"
"""SQL: seconds since 1970."""
