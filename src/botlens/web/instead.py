"""What stands where the page would be: it was not built, or is asked for by a wrong name."""

from html import escape
from typing import Final


def _page(title: str, *paragraphs: str) -> bytes:
    """A page without a file of its own. Its texts are HTML."""
    body = "\n".join(f"    <p>{each}</p>" for each in paragraphs)
    return f"""<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>botlens</title><link rel="icon" href="data:,"></head>
  <body>
    <h1>{title}</h1>
{body}
  </body>
</html>
""".encode()


MISSING: Final = _page(
    "The page was not built",
    "Run <code>make web</code> in the source of botlens and start the server again.",
    "The API works without it.",
)


def refusal_page(why: str) -> bytes:
    """The page of a name that is not the server's: a sentence, which may hold what a browser sent."""
    return _page("The page is not at this address", escape(why))
