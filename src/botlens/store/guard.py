"""The second witness of tenancy: refuses every statement that could read more than one company.

The reader (see `reading`) adds the company to each read. This check knows nothing of the reader: it looks at
the finished statement, right before it runs, in production too. It takes the statement apart into words and
signs by itself; which tables hold something of companies it has from their declarations.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from botlens.store.schema import is_declared

COMPANY = "{company_id:string}"
"""The parameter, as `_taken_apart` gives it."""

_LEXICON = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<text>'(?:[^'\\]|'')*')"
    r"|(?P<parameter>\{[a-z_][a-z0-9_]*:[a-z0-9_(), ]+\})"
    r"|(?P<word>[a-z_][a-z0-9_]*)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?(?![a-z0-9_]))"
    r"|(?P<sign>[-+*/%=<>!|?:.,()\[\]])",
    re.IGNORECASE,
)
_HIDING = re.compile(r"--|/\*")
_ENDS = (")", "group", "order", "limit", "")
"""What may follow the condition of a select on a table of companies."""

_AFTER_FROM = frozenset(
    (
        "where",
        "prewhere",
        "group",
        "having",
        "order",
        "limit",
        "union",
        "settings",
        "window",
        "qualify",
        "select",
    )
)
"""Words that end the list of what a select reads from."""

_NEVER = frozenset(("into", "outfile", "system", "table", "describe", "insert"))

_READS_UNDECLARED = re.compile(
    r"(?:merge|merge_?tree\w*|view\w*|loop|remote\w*|cluster\w*|file\w*|url\w*|s3\w*|executable\w*|dict\w*|joinget\w*"
    r"|input|generate\w*|hdfs\w*|azure\w*|gcs|iceberg\w*|deltalake\w*|hudi\w*|mysql|postgresql|mongodb|redis|sqlite"
    r"|odbc|jdbc|catboost\w*|hascolumnintable|fuzz\w*)"
)
"""Functions that read what no statement names as a table."""


class TenantGuardError(Exception):
    """A statement that is not bound to one company. Always a fault of botlens, never of the caller."""


def check(statement: str, parameters: Mapping[str, object]) -> None:
    """Refuse a statement that names a table of companies without binding it to one of them.

    Each table stands right after FROM and is followed by `WHERE company_id = {company_id:String}`, at most
    one more condition in parentheses (`AND (...)`), and the end of its select: nothing after it can widen
    what it reads. The company is named nowhere else, so that no alias can stand for it, and nothing else is
    read.

    Raises:
        TenantGuardError: that is not so, or no company is bound, or the statement hides something.
    """
    if _tables_in(statement) and not (
        isinstance(parameters.get("company_id"), str) and parameters["company_id"]
    ):
        raise TenantGuardError(f"no company is bound: {statement[:200]}")


@lru_cache(256)  # statements are few, and bound; taking one apart costs a millisecond
def _tables_in(statement: str) -> int:
    """How many tables of companies a statement reads, each bound as it must be.

    Raises:
        TenantGuardError: one is not, or something else is read.
    """
    tokens = _taken_apart(statement)
    if not tokens or next((each for each in tokens if each != "("), "") not in ("select", "with"):
        raise TenantGuardError(f"not a question: {statement[:200]}")
    _check_sources(statement, tokens)
    found = [place for place, each in enumerate(tokens) if is_declared(each)]
    if not all(_is_bound(tokens, place) for place in found):
        raise TenantGuardError(f"a read without its company: {statement[:200]}")
    named = sum(each == "company_id" for each in tokens)
    bound = sum(each.startswith("{") and "company_id" in each for each in tokens)
    if named != len(found) or bound != len(found):  # anywhere else it could be shadowed
        raise TenantGuardError(f"the company is named elsewhere, too: {statement[:200]}")
    return len(found)


def _taken_apart(statement: str) -> list[str]:
    """The words (in small letters), signs and parameters of a statement; each text is `''`.

    Raises:
        TenantGuardError: there is something else in it, where an evasion could hide.
    """
    tokens = []
    place, end = 0, len(statement)
    while place < end:
        found = _LEXICON.match(statement, place)
        if found is None or (found.lastgroup == "sign" and _HIDING.match(statement, place)):
            raise TenantGuardError(
                f"comments, quoted names, second statements and the like are refused: {statement[:200]}"
            )
        if found.lastgroup == "text":
            tokens.append("''")
        elif found.lastgroup != "space":
            tokens.append(found[0].lower())
        place = found.end()
    return tokens


class _Part(NamedTuple):
    """What is known inside of parentheses: is this the list of a FROM, and of an ARRAY JOIN in it?"""

    sources: bool = False
    arrays: bool = False


def _check_sources(statement: str, tokens: list[str]) -> None:
    """See that whatever stands where a table may stand is a table of ours, or a select in parentheses.

    Raises:
        TenantGuardError: it is something else.
    """
    parts = [_Part()]
    for place, each in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        if each == "(":
            parts.append(_Part())
        elif each == ")":
            parts.pop()
        elif each in ("from", "join"):
            parts[-1] = _Part(sources=True, arrays=before == "array")
        elif each in _AFTER_FROM:
            parts[-1] = _Part()
        if not parts or _reads_undeclared(before, each, [*tokens[place + 1 : place + 4], ""], parts[-1]):
            raise TenantGuardError(f"only the declared tables may be read: {statement[:200]}")
    if len(parts) != 1:
        raise TenantGuardError(f"parentheses do not match: {statement[:200]}")


def _reads_undeclared(before: str, each: str, after: list[str], part: _Part) -> bool:
    """Whether a token, between others, brings in what is neither a table of ours nor a select."""
    match each:
        case "from" | "join":
            return not part.arrays and after[0] != "(" and not is_declared(after[0])
        case "(":
            selects = after[0] in ("(", "select", "with")
            return bool(_READS_UNDECLARED.fullmatch(before)) or (before in ("from", "join") and not selects)
        case ",":
            return part.sources and not part.arrays
        case "in":
            begins = after[0] in ("(", "[", "''") or after[0].startswith("{")
            return not begins or _is_a_name_alone(after[:3])
    return each in _NEVER or ":identifier" in each


def _is_a_name_alone(tokens: list[str]) -> bool:
    """Whether the beginning of what stands after IN is a name in parentheses: that of a table, perhaps."""
    return len(tokens) == 3 and tokens[0] == "(" and tokens[1].isidentifier() and tokens[2] in (")", ".")


def _is_bound(tokens: list[str], place: int) -> bool:
    """Whether the table at a place is the one source of its select, which ends after the company's rows."""
    before = tokens[place - 1] if place else ""
    rest = [*tokens[place + 1 :], ""]
    if rest[0] == "final":
        rest = rest[1:]
    if before != "from" or rest[:4] != ["where", "company_id", "=", COMPANY]:
        return False
    at = 4
    if rest[at : at + 2] == ["and", "("]:
        depth, at = 1, at + 2
        while depth and at < len(rest):
            depth += {"(": 1, ")": -1}.get(rest[at], 0)
            at += 1
        if depth:
            return False
    return rest[at : at + 1] != [] and rest[at] in _ENDS
