"""botlens over HTTP: a FastAPI app, and the seed routes as a router for somebody else's app."""
