"""Brings what is in a data folder into a PostgreSQL and ClickHouse servers, for several nodes to serve."""
