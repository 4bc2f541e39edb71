"""What comes and goes while a server works: each fault begins, lasts until it is asked to go on, and ends."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from tests.soak.process import BrokenPromiseError, Disk, Process, Strangers
from tests.soak.senders import CHATBOT, Company
from tests.soak.server import OF_JOURNAL, OF_STORE

Fault = Callable[[Process], Iterator[None]]

_OF_DISK = ("EIO", "ENOSPC", "EMFILE", "MemoryError", None)
_OF_STORE = ("StoreError", "EMFILE", "ENOSPC", "MemoryError", None)  # no error is a delay


class Faults:
    """The faults of one round.

    Args:
        chance: says which, how hard, and where.
        disk: the server's.
        companies: who sends to it.
        note: takes down what was done.
    """

    def __init__(
        self, chance: random.Random, disk: Disk, companies: list[Company], note: Callable[[str], None]
    ) -> None:
        self._chance = chance
        self._disk = disk
        self._companies = companies
        self._note = note

    def at_any_time(self, *, long: bool) -> dict[str, Fault]:
        """By name; `long` are those that last for more than half a minute."""
        found = self.at_the_end() | {
            "journal": self._journal,
            "journal gone": self._journal_gone,
            "threshold": self._threshold,
            "nothing": self._nothing,
        }
        return found | {"store gone": self._store_gone} if long else found

    def at_the_end(self) -> dict[str, Fault]:
        """Those in which a process may also end."""
        found: dict[str, Fault] = {
            "journal but for cuts": self._journal_but_for_cuts,
            "store": self._store,
            "descriptors": self._descriptors,
            "temporary folder": self._temporary,
        }
        return found | {"space": self._space, "inodes": self._inodes} if self._disk.is_small else found

    # Injected errors

    def _plan(self, points: tuple[str, ...]) -> dict[str, Any]:
        """Some points, each with its own chance, error, delay, and moment."""
        chosen = self._chance.sample(points, self._chance.randint(1, 3))
        plan: dict[str, Any] = {}
        for point in chosen:
            plan[point] = {
                "chance": self._chance.choice((0.1, 0.5, 1.0)),
                "error": self._chance.choice(_OF_STORE if point in OF_STORE else _OF_DISK),
                "after": point not in ("open", "blocks") and self._chance.random() < 0.4,
                "delay": self._chance.choice((0, 0, 0.02, 0.3)),
            }
        self._note(str(plan))
        return plan | {"seed": self._chance.random()}

    def _struck(self, process: Process, points: tuple[str, ...]) -> Iterator[None]:
        process.strike(**self._plan(points))
        yield
        process.strike()

    def _journal(self, process: Process) -> Iterator[None]:
        return self._struck(process, OF_JOURNAL)

    def _journal_but_for_cuts(self, process: Process) -> Iterator[None]:
        """Where a cut fails, a refused commit is told apart only by the next segment."""
        return self._struck(process, tuple(point for point in OF_JOURNAL if point != "ftruncate"))

    def _store(self, process: Process) -> Iterator[None]:
        return self._struck(process, OF_STORE)

    def _journal_gone(self, process: Process) -> Iterator[None]:
        """Nothing can be written: whoever decides where to send requests must be told."""
        gone = {"chance": 1.0, "error": "EIO", "after": False, "delay": 0}
        process.strike(write=gone, open=gone)
        yield
        until = time.monotonic() + 5
        while (said := process.ready())[0] != 503 and time.monotonic() < until:
            time.sleep(0.1)
        process.strike()
        if said[0] != 503 or "journal" not in said[1]:
            raise BrokenPromiseError(f"no event can be written, and /readyz says {said}")

    def _store_gone(self, process: Process) -> Iterator[None]:
        """The store takes nothing for longer than half a minute: that must be said, events be taken."""
        process.strike(events={"chance": 1.0, "error": "StoreError", "after": False, "delay": 0})
        begun = time.monotonic()
        # Not ready for another reason, such as the fault before this one, says nothing of this one.
        while "store" not in (said := process.ready())[1] and time.monotonic() - begun < 60:
            time.sleep(0.5)
        process.strike()
        yield
        self._note(f"not ready after {time.monotonic() - begun:.0f} s")
        if said[0] != 503 or "store" not in said[1]:
            raise BrokenPromiseError(f"the store takes nothing for 60 s, and /readyz says {said}")

    # What runs out

    def _descriptors(self, process: Process) -> Iterator[None]:
        process.limit_descriptors(self._chance.randint(0, 12))
        crowd = Strangers(process.address, 40)
        yield
        heard = crowd.heard()
        crowd.close()
        process.give_descriptors_back()
        if heard:
            raise BrokenPromiseError(f"strangers were told {heard}")

    def _space(self, process: Process) -> Iterator[None]:
        self._disk.fill_space(self._chance.choice((0, 4_096, 65_536, 1 << 20)))
        yield
        self._disk.make_room()

    def _inodes(self, process: Process) -> Iterator[None]:
        self._disk.fill_inodes(self._chance.choice((0, 1, 20)))
        yield
        self._disk.make_room()

    def _temporary(self, process: Process) -> Iterator[None]:
        temporary, away = self._disk.folder / "tmp", self._disk.folder / "away"
        temporary.rename(away)
        yield
        with suppress(OSError):  # if the server made it anew, it has taken care of itself
            away.rename(temporary)

    # What is no fault

    def _threshold(self, process: Process) -> Iterator[None]:
        """A recount while events come in, which half of the time may fail with the store."""
        company = self._chance.choice(self._companies)
        if self._chance.random() < 0.5:
            process.strike(**self._plan(OF_STORE))
        changes = {"confidence_threshold": self._chance.choice((0.1, 0.4, 0.6, 0.95))}
        status, _ = company.ask(process, "PUT", f"/v1/chatbots/{CHATBOT}", changes)
        self._note(f"{changes} answered {status}")
        yield
        process.strike()

    def _nothing(self, process: Process) -> Iterator[None]:
        yield
