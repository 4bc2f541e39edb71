"""Chaos: a server under ingest, from which things are taken at random, and which is killed.

A round is a few lives of a server on one folder. In each, faults come and go while senders send; then they
are lifted, and ingest must go on by itself; then the process ends, in one way or another.
"""

import random
import threading
import time
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from botlens.tenants.accounts import Accounts
from tests.soak import witness
from tests.soak.faults import Faults
from tests.soak.process import HEALS_IN, BrokenPromiseError, Disk, Process, RestartNeeded, Strangers
from tests.soak.senders import CHATBOT, Company, Senders

_MEBIBYTES = 384
_STUCK_IN = 400.0  # the embedded engine may hang without descriptors, until its calls are given up


def opened_companies(data: Path, count: int) -> list[Company]:
    """New companies in the accounts of a data folder, each with a chatbot."""
    found = []
    with closing(Accounts.open(f"sqlite:///{data}/accounts.db")) as accounts:
        for number in range(count):
            company = accounts.create_company(f"Company {number}", owner=f"o{number}", plan="enterprise")
            accounts.put_chatbot(company.id, CHATBOT, name="Bot", confidence_threshold=0.2)
            found.append(Company(company.id, accounts.create_key(company.id)[1]))
    return found


class Round:
    """One round.

    Args:
        folder: for its files; empty.
        seed: what happens, and when.
        lives: how often the server is started under fire.
        steps: how many faults come in each.
        long: whether faults may be among them that last longer than half a minute.
        without: faults that do not come.
    """

    def __init__(
        self,
        folder: Path,
        seed: str,
        *,
        lives: int = 3,
        steps: int = 4,
        long: bool = False,
        without: Container[str] = (),
    ) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.seed = seed
        self.lives = lives
        self.steps = steps
        self.without = without
        self.story: list[str] = []
        self.disk = Disk(folder / "disk", _MEBIBYTES)
        self.log = folder / "server.log"
        if self.chance.random() < 0.3:
            self.log = self.disk.folder / "server.log"  # which a full disk does not take
        self.companies: list[Company] = []
        self.faults = Faults(self.chance, self.disk, self.companies, self.note)
        self.long = long and self.chance.random() < 0.3
        if not self.disk.is_small:
            self.tell("SKIPPED: space and inodes, since no small disk can be mounted here")

    def tell(self, what: str) -> None:
        """Say what happens, here and in the folder."""
        self.story.append(what)
        self.note(what)

    def note(self, what: str) -> None:
        with (self.folder / "story.txt").open("a") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {what}\n")

    def run(self) -> str:
        """Do it; returns what happened in a line.

        Raises:
            BrokenPromiseError: a promise was not kept.
        """
        data = self.disk.folder / "data"
        data.mkdir(mode=0o700)
        (self.disk.folder / "tmp").mkdir()
        self.companies += opened_companies(data, 3)
        senders = Senders(self.companies, self.seed)
        try:
            for _ in range(self.lives):
                self._life(senders)
            self._counts = [company.counts() for company in self.companies]
            witness.check_after_the_end(self.disk.folder, self.log, self.companies)
        except BaseException as error:
            self.tell(f"FAILED: {error}")
            self.disk.make_room()
            self.disk.close(keep_in=self.folder / "kept")
            raise
        self.disk.close()
        totals = [", ".join(f"{count} {end}" for end, count in counts.items()) for counts in self._counts]
        return f"requests: {' / '.join(totals)}; {', '.join(self.story)}"

    # A life

    def _life(self, senders: Senders) -> None:
        if self.chance.random() < 0.3:
            self.tell("killed while it starts")
            Process.dies_while_it_starts(self.disk.folder, self.log, self.chance.uniform(0.5, 5))
        process = Process(self.disk.folder, self.log)
        strangers = Strangers(process.address, 6)
        self.crowded = senders.patient = False
        try:
            with self._readers(process):
                senders.begin(process)
                self._suffer(process, senders)
            end = self.chance.choice(("kill", "kill", "term", "kill under fire", "term under fire"))
            self._end(process, end, senders)
            if heard := strangers.heard():
                raise BrokenPromiseError(f"strangers were told {heard}")
        except RestartNeeded:
            self.tell("ended for a restart")
            senders.pause()
        finally:
            strangers.close()
            process.close()

    def _suffer(self, process: Process, senders: Senders) -> None:
        for step in range(self.steps):
            time.sleep(self.chance.uniform(0.1, 0.6))
            faults = self.faults.at_any_time(long=self.long)
            name = self.chance.choice(sorted(each for each in faults if each not in self.without))
            self.tell(name)
            self.crowded |= name == "descriptors"
            senders.patient = self.crowded
            for _ in faults[name](process):
                time.sleep(self.chance.uniform(0.3, 2.5))
            process.check_that_it_lives(may_give_up=self.crowded)
            if step == self.steps // 2 or step == self.steps - 1:
                self._heals(process, _STUCK_IN if self.crowded else HEALS_IN)
        senders.pause()
        witness.check_live(process, self.companies)

    def _heals(self, process: Process, seconds: float) -> None:
        """The cause is gone: without a restart, all is well in so many seconds."""
        begun = time.monotonic()
        question = {"metrics": ["conversations"], "period": "all"}
        ill: Any = None
        while time.monotonic() - begun < seconds:
            process.check_that_it_lives(may_give_up=self.crowded)
            ready = process.ready()
            asked = {
                each.id: each.ask(process, "POST", "/v1/query", question, timeout=HEALS_IN)[0]
                for each in self.companies
            }
            sending = {each.id: each.last_taken > begun for each in self.companies}
            ill = ready, asked, sending
            if ready[0] == 200 and set(asked.values()) == {200} and all(sending.values()):
                self.tell(f"well after {time.monotonic() - begun:.1f} s")
                return
            time.sleep(0.2)
        raise BrokenPromiseError(f"not well {seconds:.0f} s after the cause is gone: {ill}")

    def _end(self, process: Process, how: str, senders: Senders) -> None:
        self.tell(how)
        senders.begin(process)
        time.sleep(self.chance.uniform(0.05, 1.0))
        fire: Iterator[None] = iter(())
        if how.endswith("under fire"):
            faults = self.faults.at_the_end()
            name = self.chance.choice(sorted(each for each in faults if each not in self.without))
            self.tell(name)
            fire = faults[name](process)
            next(fire)
            time.sleep(self.chance.uniform(0.05, 1.0))
        if how.startswith("kill"):
            process.kill()
        else:
            self.tell(f"ended after {process.terminate():.1f} s")
        senders.pause()
        for _ in fire:
            pass

    @contextmanager
    def _readers(self, process: Process) -> Iterator[None]:
        """Somebody asks all the time, so that companies are flushed for their readers too."""
        done = threading.Event()

        def ask() -> None:
            paths: list[tuple[str, str, Any]] = [
                ("GET", "/analytics/overview", None),
                ("GET", f"/analytics/chatbot/{CHATBOT}?from=2026-03-01&to=2026-03-20", None),
                ("POST", "/v1/query", {"metrics": ["conversations", "csat"], "period": "all"}),
                ("POST", "/v1/verify", None),
            ]
            chance = random.Random(self.seed)
            while not done.wait(0.2):
                company = chance.choice(self.companies)
                company.ask(process, *chance.choice(paths), timeout=30)

        reader = threading.Thread(target=ask, daemon=True)
        reader.start()
        try:
            yield
        finally:
            done.set()
            reader.join(40)
