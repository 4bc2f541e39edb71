"""What stands where the page would be, when it was not built."""

from typing import Final

MISSING: Final = b"""<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>botlens</title><link rel="icon" href="data:,"></head>
  <body>
    <h1>The page was not built</h1>
    <p>Run <code>make web</code> in the source of botlens and start the server again.</p>
    <p>The API works without it.</p>
  </body>
</html>
"""
