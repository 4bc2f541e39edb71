"""The HTTP API as a client sees it, of a server or of no server."""
