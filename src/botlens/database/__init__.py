"""The relational room: connection, migrations, what all tables share."""
