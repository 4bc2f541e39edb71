"""Whether a process can do its work, as flags that are set where something happens.

`/readyz` reads them and never waits: no thread, no connection and no file is needed to say what is wrong.
"""

from collections.abc import Callable
from threading import Lock

Check = Callable[[], str | None]
"""Says what is wrong, or None. It must be quick, and may not wait for anything."""


class Health:
    """What is wrong now (not ready), and what an operator should look at (ready all the same)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._problems: dict[str, str] = {}
        self._checks: dict[str, Check] = {}
        self._warnings: dict[str, Check] = {}

    def part(self, name: str) -> "Health":
        """For one of several parts that say the same things: each name begins with that of the part."""
        return _Part(self, name)

    def watch(self, name: str, check: Check) -> None:
        """Have something looked at whenever somebody asks."""
        with self._lock:
            self._checks[name] = check

    def fail(self, name: str, reason: str) -> None:
        """Something does not work, until `recover` is called with its name."""
        with self._lock:
            self._problems[name] = reason

    def recover(self, name: str) -> None:
        """Something works again."""
        with self._lock:
            self._problems.pop(name, None)

    def watch_warning(self, name: str, check: Check) -> None:
        """Have something looked at that may need an operator's eyes; nobody is refused because of it."""
        with self._lock:
            self._warnings[name] = check

    def problems(self) -> dict[str, str]:
        """What does not work, by name."""
        with self._lock:
            checks, found = dict(self._checks), dict(self._problems)
        for name, check in checks.items():
            if (reason := check()) is not None:
                found[name] = reason
        return found

    def warnings(self) -> dict[str, str]:
        """What needs an operator's eyes, by name."""
        with self._lock:
            checks = dict(self._warnings)
        found: dict[str, str] = {}
        for name, check in checks.items():
            if (reason := check()) is not None:
                found[name] = reason
        return found


class _Part(Health):
    """What a part says; the whole has it."""

    def __init__(self, whole: Health, name: str) -> None:
        super().__init__()
        self._whole = whole
        self._name = name

    def watch(self, name: str, check: Check) -> None:
        """See `Health`."""
        self._whole.watch(f"{self._name}: {name}", check)

    def fail(self, name: str, reason: str) -> None:
        """See `Health`."""
        self._whole.fail(f"{self._name}: {name}", reason)

    def recover(self, name: str) -> None:
        """See `Health`."""
        self._whole.recover(f"{self._name}: {name}")

    def watch_warning(self, name: str, check: Check) -> None:
        """See `Health`."""
        self._whole.watch_warning(f"{self._name}: {name}", check)
