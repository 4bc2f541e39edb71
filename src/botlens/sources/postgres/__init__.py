"""Tables of a PostgreSQL, Supabase's among them, as a source that is followed."""
