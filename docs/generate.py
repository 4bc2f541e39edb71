"""Writes the parts of the reference that declarations in the source already say.

    python docs/generate.py            # write
    python docs/generate.py --check    # exit 1 if something is not up to date

A page holds `<!-- generated: NAME -->` and `<!-- end of generated -->`; what is between them is made here.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec
import typer.main
from msgspec import inspect as types

from botlens.answers.conversations.export import MESSAGE_COLUMNS
from botlens.cli.main import app
from botlens.events.types import EVENT_TYPES
from botlens.metrics.catalogue import GROUPS, LEFT_OUT
from botlens.metrics.catalogue.declaration import HOW_IT_ADDS_UP, Better, Metric
from botlens.metrics.dimension import Dimension, Order
from botlens.metrics.dimensions import COHORT, COHORT_WEEK, DIMENSIONS, WEEKS_LATER
from botlens.metrics.fields import FIELDS, Field
from botlens.metrics.values import Type
from botlens.query.period import PERIODS
from botlens.settings import Settings, variable

REFERENCE = Path(__file__).parent / "reference"

_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)

_ID_OF = {
    "message": "names the message inside its conversation",
    "conversation": "names the conversation inside its chatbot",
}
_MEANING = {
    "chatbot_id": "which bot; it must exist",
    "conversation_id": "which conversation of that bot",
    "message_id": "the message that is voted on",
    "role": "who speaks; `agent` is a human",
    "content": "what was said",
    "created_at": "when it happened",
    "sequence": "order among messages of one time; 0 if absent",
    "confidence_score": "the bot's own score of an assistant message; absent is unknown, never low",
    "fallback": "the bot says itself that it had no answer",
    "latency_ms": "how long the answer took, in milliseconds",
    "session_id": "the visitor; empty or absent is nobody",
    "language": "a language code; absent counts as `und`",
    "channel": "where it took place (web, WhatsApp, ...)",
    "revision": "0 if absent; the highest wins, see above",
    "metadata": "your own data, kept and not counted",
    "test": "left out of every number",
    "value": "the vote",
    "comment": "what the voter wrote",
    "score": "the rating",
    "reason": "why it was passed on",
    "of": "what is gone; `conversation` needs the scope `admin`",
    "name": "what was reached: `appointment_booked`, `lead_captured`, ...",
}
_SPECIAL = {
    ("outcome", "value"): "what it is worth",
    ("conversation", "created_at"): "when it started; absent means at its earliest message",
    ("deletion", "created_at"): "when it was deleted",
    (
        "deletion",
        "message_id",
    ): "the message that is gone, or whose vote is; with `message` and `feedback` alone",
    ("deletion", "revision"): "up to which it is gone; 0 if absent; a conversation is gone whatever it is",
}

_BETTER = {Better.UP: "more", Better.DOWN: "less", Better.NEITHER: ""}
_ORDERS = {
    Order.DATES: "ascending; units without conversations have rows",
    Order.CLOCK: "ascending; all of them have rows",
    Order.NUMBERS: "ascending, null last",
    Order.VALUES: "by the first metric, descending",
}
_TYPES = {
    Type.TEXT: "text",
    Type.NUMBER: "whole number",
    Type.DECIMAL: "number",
    Type.DATE: "date, `2026-03-01`",
    Type.MONTH: "month, `2026-03`",
    Type.TIME: "time, `2026-03-01T09:00:00+01:00`",
    Type.FLAG: "`true` or `false`",
}


def events() -> str:
    """Each event type with its fields and their bounds."""
    return "\n".join(line for name, struct in EVENT_TYPES.items() for line in _event(name, struct))


def _event(name: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    yield f"### `{name}`\n\n{inspect.getdoc(struct)}\n"
    yield "| field | required | value | meaning |\n|---|---|---|---|"
    described = types.type_info(struct)
    if not isinstance(described, types.StructType):
        raise TypeError(f"{name} is not a struct")
    for field in described.fields:
        needed = "yes" if field.required else ""
        yield f"| `{field.name}` | {needed} | {_value(field.type)} | {_meaning(name, field.name)} |"
    yield ""


def _meaning(event: str, field: str) -> str:
    if field == "id" and event in _ID_OF:
        return _ID_OF[event]
    return _SPECIAL.get((event, field)) or _said(
        _MEANING, field, f"the field `{field}` of `{event}`", "_MEANING"
    )


def _said(words: Mapping[Any, str], key: Any, what: str, name: str) -> str:
    """What is said of something that was declared.

    Raises:
        SystemExit: nothing is; says where to.
    """
    if key not in words:
        raise SystemExit(f"docs/generate.py: say what {what} means, in `{name}`, and run this again.")
    return words[key]


def message_columns() -> str:
    """The columns of an export of messages."""
    return f"{', '.join(f'`{each.name}`' for each in MESSAGE_COLUMNS)}\n"


def _value(kind: types.Type) -> str:
    """A type and its bounds, in words."""
    match kind:
        case types.UnionType():
            return " or ".join(_value(each) for each in kind.types if not isinstance(each, types.NoneType))
        case types.StrType():
            return f"text, {kind.min_length or 0} to {kind.max_length:,} characters"
        case types.LiteralType():
            return ", ".join(f"`{value}`" for value in kind.values)
        case types.DateTimeType():
            return "ISO 8601 time with an offset or `Z`"
        case types.IntType() | types.FloatType():
            what = "whole number" if isinstance(kind, types.IntType) else "number"
            return f"{what}, {_bound(kind.ge)} to {_bound(kind.le)}"
        case types.BoolType():
            return "`true` or `false`"
        case types.DictType():
            return "JSON object"
    raise TypeError(f"there are no words for {kind}")


def _bound(number: float | None) -> str:
    if number is None:
        raise TypeError("a number without a bound")
    size = abs(number)
    for power, text in ((2**53, "2^53"), (1e15, "10^15"), (1e12, "10^12")):
        if size == power:
            return f"-{text}" if number < 0 else text
    return f"{number:g}"


def settings() -> str:
    """Each setting: its variable, its default and what it is."""
    declared = inspect.cleandoc(Settings.__doc__ or "")
    found = re.findall(r"^    (\w+): (.+(?:\n {8,}.+)*)$", declared, re.MULTILINE)
    said = {name: " ".join(what.split()) for name, what in found}
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default in (None, {}, ()) else f"`{default}`"
        what = _said(said, name, f"the setting `{name}`", "Settings.__doc__")
        lines.append(f"| `{variable(name)}` | {shown} | {what} |")
    return "\n".join([*lines, ""])


def cli() -> str:
    """Each command with its arguments and options."""
    root: Any = typer.main.get_command(app)
    return "\n".join(line for name, command in root.commands.items() for line in _command(name, command))


def _command(name: str, command: Any) -> Iterator[str]:
    if hasattr(command, "commands"):
        for sub, each in command.commands.items():
            yield from _command(f"{name} {sub}", each)
        return
    arguments = " ".join(_argument(each) for each in command.params if not _is_option(each))
    yield f"### `botlens {f'{name} {arguments}'.strip()}`\n\n{inspect.cleandoc(command.help)}\n"
    yield "| option | default | what it is |\n|---|---|---|"
    for parameter in command.params:
        yield f"| {_name(parameter)} | {_default(parameter)} | {_help(parameter)} |"
    yield ""


def _is_option(parameter: Any) -> bool:
    return parameter.opts[0].startswith("-")


def _argument(parameter: Any) -> str:
    return parameter.name.upper() + ("..." if parameter.nargs != 1 else "")


def _name(parameter: Any) -> str:
    if not _is_option(parameter):
        return f"`{_argument(parameter)}`"
    flags = [f"`{each}`" for each in (*parameter.opts, *parameter.secondary_opts)]
    return " / ".join(flags)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return ("`" + (parameter.opts[0] if value else "off") + "`") if parameter.secondary_opts else "off"
    return f"`{value}`"


def _help(parameter: Any) -> str:
    said = [(parameter.help or "").replace("|", "\\|")]
    annotation = parameter.type_descriptor.annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        said.append(f"One of {', '.join(f'`{each.value}`' for each in annotation)}.")
    if parameter.envvar:
        said.append(f"Also `{parameter.envvar}`.")
    return " ".join(said)


def metrics() -> str:
    """Each metric, by group."""
    return "\n".join(line for name, group in GROUPS.items() for line in _group(name, group))


def _group(name: str, group: tuple[Metric, ...]) -> Iterator[str]:
    yield f"### {name}\n"
    yield "| metric | label | short | what it counts | unit | values | better | kind | split by | leaves out |"  # noqa: E501
    yield "|---" * 10 + "|"
    for each in group:
        left_out = ", ".join(f"`{excluded.name}`" for excluded in each.excluded)
        yield (
            f"| `{each.name}` | {each.label} | {each.short} | {each.definition} | {each.unit} "
            f"| {_TYPES[each.type]} | {_BETTER[each.better]} | {each.kind.value} "
            f"| {_split_by(each)} | {left_out} |"
        )
    yield ""


def _split_by(metric: Metric) -> str:
    cohorts = f"`{COHORT_WEEK.name}` with `{WEEKS_LATER.name}`"
    able = ["partitions"] if metric.measure else []
    return ", ".join(able + [cohorts if name in COHORT else f"`{name}`" for name in metric.by])


def kinds() -> str:
    """How each kind of metric adds up."""
    lines = [f"| {kind.value} | {how} |" for kind, how in HOW_IT_ADDS_UP.items()]
    return "\n".join(["| kind | the whole is |", "|---|---|", *lines, ""])


def left_out() -> str:
    """What metrics leave out, by the name it is counted under."""
    lines = [f"| `{each.name}` | {each.definition} |" for each in LEFT_OUT.values()]
    return "\n".join(["| in `meta.excluded` | what |", "|---|---|", *lines, ""])


def dimensions() -> str:
    """Each dimension: those that partition conversations, then the others."""
    return "\n".join(
        [
            "### Partitions\n",
            *_dimensions([each for each in DIMENSIONS.values() if each.partitions]),
            "### Others\n",
            *_dimensions([each for each in DIMENSIONS.values() if not each.partitions]),
        ]
    )


def _dimensions(some: list[Dimension]) -> Iterator[str]:
    yield "| dimension | label | value | values | rows are ordered | filter |\n|---|---|---|---|---|---|"
    for each in some:
        values = _said(_TYPES, each.type, f"the type of `{each.name}`", "_TYPES")
        values += ", or null" if each.nullable else ""
        operators = ", ".join(f"`{operator}`" for operator in each.operators)
        order = _said(_ORDERS, each.order, f"the order of `{each.name}`", "_ORDERS")
        yield (f"| `{each.name}` | {each.label} | {each.definition} | {values} | {order} | {operators} |")
    yield ""


def filters() -> str:
    """Each field that conversations can be chosen by, with its operators."""
    lines = [_field(each) for each in FIELDS.values()]
    head = ["| field | label | values | what it is | operators |", "|---|---|---|---|---|"]
    return "\n".join([*head, *lines, ""])


def _field(field: Field) -> str:
    operators = ", ".join(f"`{each}`" for each in field.operators)
    values = _said(_TYPES, field.type, f"the type of `{field.name}`", "_TYPES")
    values += ", or null" if field.nullable else ""
    return f"| `{field.name}` | {field.label} | {values} | {field.definition} | {operators} |"


def periods() -> str:
    """Each named period, and the one before, of which `previous_period` takes what has elapsed."""
    lines = ["| period | what it is | the one before |", "|---|---|---|"]
    for each in PERIODS:
        examples = ", ".join(f"`{example}`" for example in each.examples)
        more = ", ..." if each.name not in each.examples else ""
        lines.append(f"| {examples}{more} | {each.definition} | {each.before} |")
    return "\n".join([*lines, ""])


GENERATED: dict[str, Callable[[], str]] = {
    "events": events,
    "message_columns": message_columns,
    "settings": settings,
    "cli": cli,
    "metrics": metrics,
    "kinds": kinds,
    "left_out": left_out,
    "dimensions": dimensions,
    "filters": filters,
    "periods": periods,
}


def _renewed(page: str) -> str:
    return _BLOCK.sub(lambda found: f"{found[1]}\n{GENERATED[found[2]]()}\n{found[3]}", page)


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` only say which are not up to date."""
    stale = []
    for path in sorted(REFERENCE.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        renewed = _renewed(page)
        if renewed == page:
            continue
        stale.append(path.name)
        if "--check" not in arguments:
            path.write_text(renewed, encoding="utf-8")
    verb = "not up to date" if "--check" in arguments else "written"
    for name in stale:
        sys.stdout.write(f"{name}: {verb}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
