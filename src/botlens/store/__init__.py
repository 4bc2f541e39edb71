"""The only room that talks to ClickHouse: connection, schema, the guard, raw events, derived facts."""
