"""When API keys were last used: noted in memory at each request, and written down now and then.

To write at each request would cost more than it. Nobody remembers what is written: who lists keys reads it.
"""

from datetime import datetime


class KeyUses:
    """The uses that are not written down yet. For any thread."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    def note(self, key_id: str, now: datetime) -> None:
        """A key was used now."""
        self._last[key_id] = now

    def of(self, key_id: str) -> datetime | None:
        """When a key was last used, if that is not written down."""
        return self._last.get(key_id)

    def all(self) -> dict[str, datetime]:
        """By the ids of keys."""
        return self._last.copy()

    def written(self, uses: dict[str, datetime]) -> None:
        """Forget what was written down, but for keys that were used again meanwhile."""
        for key_id, at in uses.items():
            if self._last.get(key_id) == at:
                del self._last[key_id]
