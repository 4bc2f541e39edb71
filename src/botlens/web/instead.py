"""What stands where the page would be: it was not built, is asked for by a wrong name, or is of no link.

Their one style is part of them: `STYLE_HASH` lets it pass a policy.
"""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

_STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{max-width:32rem;margin:15vh auto 0;padding:0 1rem;text-align:center}"
    "body{font:14px/20px system-ui,sans-serif}"
    "h1{font-size:20px;line-height:28px}"
)
STYLE_HASH: Final = f"'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"


def _page(title: str, *paragraphs: str, language: str = "en") -> bytes:
    """A page without a file of its own. Its texts are HTML."""
    body = "\n".join(f"    <p>{each}</p>" for each in paragraphs)
    return f"""<!doctype html>
<html lang="{language}">
  <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>botlens</title>\
<link rel="icon" href="data:,"><style>{_STYLE}</style></head>
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


_NO_LINK: Final = {
    "en": _page(
        "There is nothing to be seen here any more",
        "Reload the page of your provider. If that does not help, ask them for a new link.",
    ),
    "de": _page(
        "Hier ist nichts mehr zu sehen",
        "Laden Sie die Seite Ihres Anbieters neu. Hilft das nicht, bitten Sie ihn um einen neuen Link.",
        language="de",
    ),
}
_NOT_NOW: Final = {
    "en": _page("This cannot be shown now", "Try again in a moment."),
    "de": _page(
        "Das kann gerade nicht gezeigt werden", "Versuchen Sie es gleich noch einmal.", language="de"
    ),
}


def no_link_page(accepted: str) -> bytes:
    """The page of an embed link that does not exist, or no longer; `accepted` is an `Accept-Language`."""
    return _NO_LINK[_language(accepted)]


def not_now_page(accepted: str) -> bytes:
    """The page of an embed link of which nothing is known at the moment."""
    return _NOT_NOW[_language(accepted)]


def _language(accepted: str) -> str:
    """The first language of a browser, as they list them, that there is a page in."""
    found = re.search(r"(?:^|,)\s*(en|de)\b", accepted, re.IGNORECASE)
    return "en" if found is None else found[1].lower()


def refusal_page(why: str) -> bytes:
    """The page of a name that is not the server's: a sentence, which may hold what a browser sent."""
    return _page("The page is not at this address", escape(why))
