"""The command line: one small file per command. Commands that need events speak to the HTTP API alone."""
