"""The page: what the build of `web/` left in `dist`, and what a browser may do with it.

It knows nothing of what the page shows.
"""
