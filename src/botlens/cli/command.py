"""How a command runs: for its owner's eyes only, its errors as one line on stderr and an exit code.

Exit codes: 0 done; 1 failed; 2 wrong usage, which names the option; 130 stopped by Ctrl+C.
"""

import errno
import os
import re
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
    "accounts_url": "accounts",
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


_MAY_BE_EMPTY = {
    ("marker change", "--chatbot"),
    ("marker change", "--link"),
    ("key create", "--name"),
}
"""Options that say something by being empty, and the name that keys need not have."""


class Command(TyperCommand):
    """A command of `botlens`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for parameter in self.params:
            if parameter.param_type_name == "argument" and parameter.metavar is None:
                parameter.metavar = parameter.name.upper()  # as errors and the reference name it
            elif getattr(parameter, "is_flag", False):
                parameter.metavar = ""  # it takes no value, so no type is to be shown

    def get_help_option(self, ctx: Any) -> Any:
        """See `click.Command.get_help_option`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.metavar = ""
        return option

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """See `click.Command.collect_usage_pieces`; arguments are named as everywhere: `FILES...`."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See `click.Command.parse_args`; an option that is given nothing is wrong usage."""
        if (option := self._given_nothing(ctx, args)) is not None:
            _fail(f"Invalid value for '{option}': it is empty. Give it a value, or leave the option out.")
            raise typer.Exit(WRONG_USAGE)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = _in_words(error.message)
            raise

    def _given_nothing(self, ctx: Any, args: list[str]) -> str | None:
        """The first option whose value is an empty text (a variable of a script that is not set, say)."""
        takes_value = {
            name
            for each in self.params
            if each.param_type_name == "option" and not getattr(each, "is_flag", False)
            for name in each.opts
        }
        command = " ".join(ctx.command_path.split()[-2:])
        for place, said in enumerate(args):
            if said == "--":
                break
            option, is_one, value = said.partition("=")
            if not is_one:
                value = args[place + 1] if place + 1 < len(args) else "missing"
            if option in takes_value and not value and (command, option) not in _MAY_BE_EMPTY:
                return option
        return None

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


_WORDS = (
    (r"Value error, (.*)", r"\1"),
    (r"Input should be a valid integer.*", "it must be a whole number."),
    (r"Input should be a valid number.*", "it must be a number."),
    (r"Input should be less than or equal to (.*)", r"it must be at most \1."),
    (r"Input should be greater than or equal to (.*)", r"it must be at least \1."),
)
"""What the library that reads options says, and what is said instead."""


def _in_words(message: str) -> str:
    for said, instead in _WORDS:
        if found := re.fullmatch(said, message, re.DOTALL):
            return found.expand(instead)
    return message


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
    return f"'{parameter.metavar or parameter.name.upper()}'"


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _fail(message: str) -> None:
    from botlens.cli.console import fail  # loaded only when something goes wrong

    fail(message)
