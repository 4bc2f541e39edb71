"""Weak validators: whether what a client has is still the answer.

They are weak because the same answer may be packed or not; it is the same for whoever reads it.
"""

import secrets
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from fastapi import Request, Response

from botlens.answers.scope import Scope
from botlens.engine import Engine
from botlens.tenants.plans import Plan
from botlens.tenants.values import Chatbot, Company

_COMPANIES = 1_000  # whose rights are remembered

_encode = msgspec.json.Encoder(order="deterministic").encode

REVALIDATED = "private, no-cache"
"""The `Cache-Control` of an answer with a validator: the client may keep it, and asks whether it holds."""


def validator_of(content: bytes) -> str:
    """The validator of an answer that is always the same."""
    return f'W/"{blake2b(content, digest_size=12).hexdigest()}"'


class Validators:
    """Validators that are known before the answer is: what it is made of has not changed.

    That is what the company's events came to (`Commits.version`), its plan and chatbots, the question and
    the minute in which it is asked. A start of the process makes all of them anew.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._start = secrets.token_bytes(16)
        self._rights: dict[str, tuple[_Rights, int]] = {}

    def of(self, scope: Scope, question: Mapping[str, Any]) -> str:
        """The validator of an answer.

        Args:
            scope: of who asks; its `now` counts by the minute.
            question: all that the answer depends on besides, as plain values.
        """
        company = scope.company
        rights = self._rights_of((company, scope.plan, tuple(scope.chatbots.values())))
        only = None if company.link is None else company.link.chatbot_id
        version = self._engine.commits.version(company.id, only)
        minute = int(scope.now.timestamp()) // 60
        return validator_of(self._start + _encode((company.id, version, rights, minute, question)))

    def _rights_of(self, rights: "_Rights") -> int:
        """A number for what a company has. As long as nothing changes these are the same objects."""
        known = self._rights.get(rights[0].id)
        if known is not None and known[0] == rights:
            return known[1]
        if len(self._rights) >= _COMPANIES:
            self._rights.clear()
        number = hash(rights)
        self._rights[rights[0].id] = rights, number
        return number


_Rights = tuple[Company, Plan, tuple[Chatbot, ...]]


def is_known(request: Request, validator: str) -> bool:
    """Whether the client says that it has the answer with this validator."""
    said = request.headers.get("if-none-match")
    if said is None:
        return False
    bare = validator.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in ("*", bare) for each in said.split(","))


def not_modified(validator: str) -> Response:
    """The answer that what the client has still holds."""
    headers = {"ETag": validator, "Cache-Control": REVALIDATED, "Vary": "Accept-Encoding"}
    return Response(status_code=304, headers=headers)
