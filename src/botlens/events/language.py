"""Codes of languages, in the one way to write them."""

import re
from functools import lru_cache

# A language of two or three letters, then what narrows it down (RFC 5646). Names like "English" are no codes.
_CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{1,8})*", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=4_096)
def canonical(code: str) -> str:
    """A language code in the case that RFC 5646 recommends, with hyphens: `EN` is `en`, `en_us` is `en-US`.

    What is no code stays as it was sent.
    """
    if not _CODE.fullmatch(code):
        return code
    first, *others = code.lower().replace("_", "-").split("-")
    parts = [first]
    for place, part in enumerate(others):
        if len(part) == 1:  # an extension, or private use: small from here on
            return "-".join([*parts, *others[place:]])
        parts.append(part.upper() if len(part) == 2 else part.title() if _is_script(part) else part)
    return "-".join(parts)


def _is_script(part: str) -> bool:
    return len(part) == 4 and part.isalpha()
