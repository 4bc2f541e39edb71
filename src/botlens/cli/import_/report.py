"""What became of an import: how many events were taken, and which were not, where and why."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botlens.cli.console import counted, err, printable
from botlens.sources.importing import ImportProgress
from botlens.sources.receiver import Taken
from botlens.sources.source import Batch

_LISTED = 10


@dataclass(slots=True)
class Tally:
    """Counts over all files, and the first rejections in words."""

    accepted: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    created: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How many events were rejected."""
        return self.codes.total()

    def note(self, file: Path, batch: Batch, taken: Taken) -> None:
        """Remember what people want to know of a batch besides its counts."""
        self.warnings.update(taken.warnings)
        self.created += taken.created
        self._remember(file, batch, taken)

    def add(self, done: ImportProgress) -> None:
        """Count what a file came to, earlier runs included."""
        self.accepted += done.accepted
        self.codes.update(done.rejected)

    def totals(self) -> dict[str, Any]:
        """The counts, for `--json`."""
        return {
            "accepted": self.accepted,
            "rejected": self.rejected,
            "rejected_by_code": dict(self.codes),
            "warnings_by_code": dict(self.warnings),
            "chatbots_created": self.created,
            "first_rejections": self.first,
        }

    def print_rejections(self) -> None:
        """The first rejections, and how many of each kind there are, on stderr."""
        for line in self.first:
            err.print(printable(line), markup=False, soft_wrap=True, style="red")
        if self.rejected > len(self.first):
            err.print(f"... and {self.rejected - len(self.first):,} more rejected.", markup=False)
        for code, count in self.codes.most_common():
            err.print(f"rejected as {code}: {count:,}", markup=False)
        for code, count in self.warnings.most_common():
            err.print(f"accepted with the warning {code}: {counted(count, 'time')}", markup=False)

    def _remember(self, file: Path, batch: Batch, taken: Taken) -> None:
        if len(self.first) >= _LISTED or not (batch.broken or taken.rejected):
            return
        lines = [(number, f"{file}, record {number}: {reason}") for number, reason in batch.broken]
        numbers = _numbers(batch)
        for each in taken.rejected:
            first, last = batch.records.start, batch.records.stop - 1
            where = f"record {numbers[each.index]}" if numbers else f"records {first} to {last}"
            event = _named(batch.events[each.index])
            place = numbers[each.index] if numbers else first
            lines.append((place, f"{file}, {where}, {event}: {each.message} ({each.code})"))
        lines.sort(key=lambda line: line[0])
        self.first += [line for _, line in lines[: _LISTED - len(self.first)]]


def _numbers(batch: Batch) -> list[int] | None:
    """The record of each event, where each record of the batch is one event or broken."""
    if len(batch.records) != len(batch.events) + len(batch.broken):
        return None
    broken = {number for number, _ in batch.broken}
    return [number for number in batch.records if number not in broken]


def _named(event: dict[str, Any]) -> str:
    """An event as a person would find it."""
    kind = str(event.get("type", "an event without a type"))[:40]
    names = [str(event[name])[:128] for name in ("conversation_id", "id", "message_id") if name in event]
    return f"{kind} {'/'.join(names)}".strip()
