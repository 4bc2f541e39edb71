"""The one way of the commands to the events: the HTTP API of a server, here or elsewhere, or of no server.

A folder belongs to one process. If a server has it, a command goes through that server; if nobody has it,
the command takes it, and speaks to the same API inside its own process.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botlens.client.api import Api
from botlens.errors import MISSING_OPTION, InvalidError, NotFoundError
from botlens.folder.ownership import FolderTakenError, Server, owned
from botlens.opening import accounts_of, engine_of
from botlens.serving.logs import log_to_file
from botlens.settings import Settings
from botlens.tenants import Accounts, Company, TokenVerifier

if TYPE_CHECKING:  # the engine takes a second to load, which not every command needs
    from botlens.engine import Engine

_SECONDS_TO_START = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """Which company a command is about; None is the one of the API key for a server elsewhere."""

    company: Company | None

    @property
    def headers(self) -> dict[str, str]:
        """What tells a local server the company."""
        return {"X-Botlens-Company": self.company.id} if self.company else {}


def target_of(settings: Settings, company_id: str | None) -> Target:
    """The company that is meant: the one that is named, or the only one.

    Raises:
        InvalidError: none is named and there are several, or one is named for a server elsewhere.
        NotFoundError: there is none, or not this one.
    """
    if settings.url:
        if company_id is not None:
            message = (
                f"{settings.url} takes the company from the API key: leave --company out, or leave --url "
                "and BOTLENS_URL out to work on the data folder."
            )
            raise InvalidError(message, field="company")
        return Target(None)
    with accounts_of(settings) as accounts:
        return Target(_company(accounts, company_id))


def _company(accounts: Accounts, company_id: str | None) -> Company:
    if company_id is not None:
        if (found := accounts.company(company_id)) is None:
            message = f"There is no company {company_id!r}; `botlens company list` shows those there are."
            raise NotFoundError(message, code="unknown_company")
        return found
    companies = accounts.companies()
    if len(companies) == 1:
        return companies[0]
    if not companies:
        message = "There is no company yet. Create one with `botlens company create NAME --owner USER`."
        raise NotFoundError(message, code="unknown_company")
    named = ", ".join(f"{each.id} ({each.name})" for each in companies[:5])
    more = ", ..." if len(companies) > 5 else ""
    message = f"Say which company with --company ID: {named}{more}."
    raise InvalidError(message, code=MISSING_OPTION, field="company")


@contextmanager
def access(settings: Settings, target: Target, command: str) -> Iterator[Api]:
    """The API, for as long as the block lasts.

    Args:
        settings: name the server or the folder.
        target: the company to act for.
        command: what others are told if this process has to own the folder.

    Raises:
        FolderTakenError: a process owns the folder that does not serve.
        InvalidError: a server elsewhere is named, but no API key.
    """
    with ExitStack() as stack:
        api = _remote(settings) if settings.url else _here(settings, target, command, stack)
        yield stack.enter_context(closing(api))


def _remote(settings: Settings) -> Api:
    if settings.api_key is None:
        message = f"Set BOTLENS_API_KEY to an API key of {settings.url}."
        raise InvalidError(message, field="api_key")
    key = settings.api_key.get_secret_value().strip()
    if not key.isascii() or not key.isprintable():
        message = "BOTLENS_API_KEY has characters that no API key has. Copy it again."
        raise InvalidError(message, field="api_key")
    return Api(str(settings.url), {"Authorization": f"Bearer {key}"})


def _here(settings: Settings, target: Target, command: str, stack: ExitStack) -> Api:
    server = own_or_find(settings, command, stack)
    if server is not None:
        return Api(server.url, {"Authorization": f"Bearer {server.token}", **target.headers})
    log_to_file(settings.data_dir)
    engine = stack.enter_context(engine_of(settings))
    return stack.enter_context(api_of(engine, target))


def own_or_find(settings: Settings, command: str, stack: ExitStack) -> Server | None:
    """Own the folder until the stack ends, or find the server that does, if need be once it has started."""
    until = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            stack.enter_context(owned(settings.data_dir, command))
        except FolderTakenError as taken:
            if taken.server is not None:
                return taken.server
            if taken.holder is None or not taken.holder.serves or time.monotonic() > until:
                raise
        else:
            return None


@contextmanager
def api_of(engine: "Engine", target: Target) -> Iterator[Api]:
    """The API of an engine in this process, for its user's own commands."""
    # Loaded here: a command that goes through a server needs no app of its own.
    from botlens.api.app import create_app
    from botlens.client.in_process import in_process

    token = secrets.token_urlsafe(32)
    app = create_app(engine, TokenVerifier(), local_token=token)
    with in_process(app) as transport:
        headers = {"Authorization": f"Bearer {token}", **target.headers}
        yield Api("http://botlens.local", headers, transport=transport)
