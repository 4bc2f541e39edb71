"""The second witness of tenancy: refuses every statement that could read more than one company.

The reader (see `reading`) adds the company to each read. This check knows nothing of the reader: it looks at
the finished statement, right before it runs, in production too.
"""

import re
from collections.abc import Mapping

_TABLE = re.compile(r"\b(?:raw_events|conversation_facts)\b", re.IGNORECASE)
_SCOPED = re.compile(
    r"\bFROM\s+(?:raw_events|conversation_facts)(?:\s+FINAL)?"
    r"\s+WHERE\s+company_id\s*=\s*\{company_id:String\}\s*",
    re.IGNORECASE,
)
_AND = re.compile(r"AND\s*\(", re.IGNORECASE)
_END = re.compile(r"\s*(?:\)|GROUP\s+BY\b|ORDER\s+BY\b|LIMIT\b|$)", re.IGNORECASE)
_LITERAL = re.compile(r"'(?:[^']|'')*'")
_COMPANY = re.compile(r"\bcompany_id\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\bFROM\s+(?!\(|raw_events\b|conversation_facts\b)"
    r"|(?<!ARRAY\s)\bJOIN\s+(?!\(|raw_events\b|conversation_facts\b)"
    r"|\b(?:merge|merge_?tree\w*|view|loop|remote\w*|cluster\w*|file\w*|url\w*|s3\w*|executable)\s*\(",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"--|/\*|;|#|[\\\"`]|:\s*Identifier\b|\bINTO\b|\bsystem\s*\.", re.IGNORECASE)


class TenantGuardError(Exception):
    """A statement that is not bound to one company. Always a fault of botlens, never of the caller."""


def check(statement: str, parameters: Mapping[str, object]) -> None:
    """Refuse a statement that names a table of events without binding it to one company.

    Each table must be followed by `WHERE company_id = {company_id:String}`, at most one more condition in
    parentheses (`AND (...)`), and the end of its select: nothing after it can widen what it reads. The
    company is named nowhere else, so that no alias can stand for it, and nothing else is read.

    Raises:
        TenantGuardError: that is not so, or no company is bound, or the statement hides something.
    """
    bare = _LITERAL.sub("''", statement)  # what stands in quotes is a value, whatever it looks like
    if _HIDDEN.search(bare) or "\\" in statement:
        raise TenantGuardError(f"comments, quoted names and second statements are refused: {statement[:200]}")
    if _ELSEWHERE.search(bare):
        raise TenantGuardError(f"only the two tables of events may be read: {statement[:200]}")
    named = len(_TABLE.findall(bare))
    scoped = sum(_is_closed(bare, match.end()) for match in _SCOPED.finditer(bare))
    # Each scope names the company twice (column and parameter); anywhere else it could be shadowed.
    if named != scoped or len(_COMPANY.findall(bare)) != 2 * scoped:
        raise TenantGuardError(f"a read without its company: {statement[:200]}")
    if named and not (isinstance(parameters.get("company_id"), str) and parameters["company_id"]):
        raise TenantGuardError(f"no company is bound: {statement[:200]}")


def _is_closed(statement: str, at: int) -> bool:
    """Whether the select ends at `at`, or after one more condition that is in parentheses as a whole."""
    condition = _AND.match(statement, at)
    if condition is None:
        return _END.match(statement, at) is not None
    depth, at = 1, condition.end()
    while depth and at < len(statement):
        depth += {"(": 1, ")": -1}.get(statement[at], 0)
        at += 1
    return depth == 0 and _END.match(statement, at) is not None
