"""Where log lines go: a server's to stderr, a short command's to a file in the data folder."""

import logging
import sys
from pathlib import Path
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    lambda _, __, event: {name: value for name, value in event.items() if name != "color_message"},
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def log_to_nowhere() -> None:
    """Until a command has said where: keep stdout and stderr for its results."""
    _configure(logging.NullHandler(), "error")


def log_to_stderr(level: str) -> None:
    """A server's log: one JSON object a line, or plain lines where a person watches."""
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(for_people=sys.stderr.isatty()))
    _configure(handler, level)


def log_to_file(data_dir: Path) -> None:
    """What goes wrong inside a short command: to `botlens.log`, which appears only if something does."""
    handler = logging.FileHandler(data_dir / "botlens.log", delay=True)
    handler.setFormatter(_formatter(for_people=False))
    _configure(handler, "warning")


def _formatter(*, for_people: bool) -> logging.Formatter:
    last: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_people
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(processors=[remove, *last], foreign_pre_chain=_SHARED)


def _configure(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # What libraries tell of their own doings at this level is of no use to who runs botlens.
    for name in ("alembic", "sqlalchemy", "httpx2", "httpcore"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
