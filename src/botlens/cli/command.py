"""How a command runs: for its owner's eyes only, its errors as one line on stderr and an exit code.

Exit codes: 0 done; 1 failed; 2 wrong usage, which names the option; 130 stopped by Ctrl+C.
"""

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from botlens.errors import MISSING_OPTION, BotlensError

FAILED = 1
WRONG_USAGE = 2
_OF_THE_STORE = "store_unavailable"
_SAID = 300  # characters of what the store says; as many as it puts into a message itself

_PREFIX = "BOTLENS_"
_INVALID = 422
_UNAVAILABLE = 503
_OTHER_NAMES = {
    "timezone": "tz",
    "chatbots": "chatbot",
    "chatbot_id": "chatbot",
    "company_id": "company",
    "scopes": "scope",
    "confidence_threshold": "threshold",
    "origins": "origin",
    "parts": "part",
}
"""What the API calls a field whose option has another name."""

_UNKNOWN = {
    "unknown_chatbot": "chatbot",
    "unknown_company": "company",
    "unknown_key": "key",
    "unknown_member": "user",
    "unknown_marker": "marker",
    "unknown_view": "view",
    "unknown_embed_link": "link",
    "unknown_source": "source",
}
"""Codes of what does not exist, to the option that named it."""


class Command(TyperCommand):
    """A command of `botlens`."""

    def invoke(self, ctx: Any) -> Any:
        """See `click.Command.invoke`."""
        from botlens.serving.logs import log_to_nowhere

        os.umask(0o077)  # whatever it makes, other users of the machine do not read it
        log_to_nowhere()
        try:
            return super().invoke(ctx)
        except BotlensError as error:
            raise _ended(ctx, error) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # who read our output has seen enough
                raise
            place = f"{error.filename}: " if error.filename else ""
            _fail(f"{place}{error.strerror or error}.{_of_full_disks(ctx, error)}")
            raise typer.Exit(FAILED) from None


def _ended(ctx: Any, error: BotlensError) -> typer.Exit:
    """Say what is wrong; wrong usage if it is what was said in an option."""
    parameter = _parameter(ctx, error)
    if parameter is None:
        _fail(f"{_with_cause(error)}{_of_full_disks(ctx, error)}")
        return typer.Exit(WRONG_USAGE if error.code == MISSING_OPTION else FAILED)
    message = error.message.removeprefix(f"{_variable(error.field or '')}: ")
    _fail(f"Invalid value for {_named(ctx, parameter)}: {message}")
    return typer.Exit(WRONG_USAGE)


def _of_full_disks(ctx: Any, error: Exception) -> str:
    """Which disks are full, where that may be why something could not be written."""
    from botlens.folder.space import OUT_OF_SPACE, full_disks, is_full

    out_of_space = isinstance(error, OSError) and error.errno in OUT_OF_SPACE
    if not out_of_space and getattr(error, "status", None) != _UNAVAILABLE:
        return ""
    if isinstance(error, OSError) and error.filename:  # by now it is gone, and the disk perhaps not full
        places = [Path(error.filename).resolve().parent]
    else:
        here = () if ctx.params.get("url") else (ctx.params.get("data_dir"), Path(tempfile.gettempdir()))
        places = full_disks(each for each in here if each is not None)
    return "".join(f" {is_full(place)}" for place in places)


def _with_cause(error: BotlensError) -> str:
    """What is wrong; of the event store also the first line of what it says itself, which no tenant sees."""
    first, *_ = str(error.__cause__ or "").strip().splitlines() or [""]
    said = first[:_SAID]
    if not said or error.code != _OF_THE_STORE or said in error.message:
        return error.message
    return f"{error.message} ({said})"


def _parameter(ctx: Any, error: BotlensError) -> Any:
    """The option or argument whose value is wrong, if that is what the error says and it was given."""
    name = error.field if error.status == _INVALID else _UNKNOWN.get(error.code)
    if name is None or error.code == MISSING_OPTION:
        return None
    names = {name, _OTHER_NAMES.get(name, name)}
    for parameter in ctx.command.params:
        known = {parameter.name, *(each.lstrip("-") for each in parameter.opts)}
        if names & known and _source(ctx, parameter) not in ("DEFAULT", "DEFAULT_MAP", ""):
            return parameter
    return None


def _source(ctx: Any, parameter: Any) -> str:
    source = ctx.get_parameter_source(parameter.name)
    return source.name if source else ""


def _named(ctx: Any, parameter: Any) -> str:
    """As whoever gave the value knows it: the option, the argument or the variable."""
    if _source(ctx, parameter) == "ENVIRONMENT":
        return str(parameter.envvar)
    if parameter.param_type_name == "option":
        return f"'{parameter.opts[0]}'"
    return f"'{parameter.name.upper()}'"


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _fail(message: str) -> None:
    from botlens.cli.console import fail  # loaded only when something goes wrong

    fail(message)
