"""Where log lines go: a server's to stderr, a short command's to a file in the data folder."""

import logging
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
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
    _log_uncaught()


def log_to_file(data_dir: Path) -> None:
    """What goes wrong inside a short command: to `botlens.log`, which appears only if something does."""
    handler = _LogOfACommand(data_dir / "botlens.log", delay=True)
    handler.setFormatter(_formatter(for_people=False))
    _configure(handler, "warning")


class _LogOfACommand(logging.FileHandler):
    """A disk that takes no line is said once: whoever looks at the terminal sees what the command says."""

    _was_said = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - so it is called
        """See `logging.Handler.handleError`."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._was_said:
            self._was_said = True
            sys.stderr.write(f"Warning: {self.baseFilename} is not written: {error.strerror or error}.\n")

    def close(self) -> None:
        """See `logging.Handler.close`."""
        with suppress(OSError):  # what is not written by now never will be
            super().close()


def _log_uncaught() -> None:
    """Exceptions that nobody caught go to the log as well: one line each, which a machine can read."""
    log = structlog.get_logger("botlens")

    def of_the_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("uncaught_exception", exc_info=(kind, error, trace))

    def of_a_thread(found: threading.ExceptHookArgs) -> None:
        if found.exc_type is SystemExit:  # a thread may end itself so
            return
        name = found.thread.name if found.thread else None
        error = found.exc_value or found.exc_type()
        log.critical("uncaught_exception", thread=name, exc_info=(found.exc_type, error, found.exc_traceback))

    def of_nobody(found: "sys.UnraisableHookArgs") -> None:
        error = found.exc_value or found.exc_type()
        log.error("unraisable_exception", exc_info=(found.exc_type, error, found.exc_traceback))

    sys.excepthook = of_the_process
    threading.excepthook = of_a_thread
    sys.unraisablehook = of_nobody


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
    # A server that does not answer is told of by whoever asked it, once; these tell of every attempt.
    for name in ("urllib3.connectionpool", "clickhouse_connect"):  # the driver itself sets `urllib3`
        logging.getLogger(name).setLevel(max(logging.ERROR, root.level))
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
