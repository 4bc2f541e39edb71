"""The tables of a platform are followed while they change, by a process that is killed again and again."""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.engine.platform import NOW, Platform
from tests.engine.postgres_server import PostgresServer
from tests.oracle import seed as oracle
from tests.oracle.sameness import differences
from tests.soak.lives import Follower
from tests.soak.process import ROOT, BrokenPromiseError
from tests.soak.traffic import Traffic, new_platform, write_much

WAYS = ("stream", "slot", "sweep")
_OF_LOG = ("slot", "visible", "waiting", "acknowledge")
_POINTS = {
    "stream": _OF_LOG,
    "slot": (*_OF_LOG, "peek", "confirm"),
    "sweep": ("swept", "sweep"),
}
_ANYWHERE = (
    "mark",
    "aside",
    "range",
    "kept",
    "load",
    "count",
    "commit",
    "gone",
    "changes",
    "tables",
    "accounts",
)
_OF_COPY = ("range", "kept", "load", "count")
_OFTEN = ("mark", "commit", "changes", "tables", "range", "acknowledge", "swept", "peek")
_VOTES = {"positive": 1, "negative": -1}
_CATCHES_UP_IN = 900.0
_AGREES_IN = 180.0
_ANSWERS = 3
_LATER = 60.0
_ENDS_IN = 8.0
_SLOTS_GONE_IN = 30.0


class Round:
    """One server, and many lives of a process that follows it.

    Args:
        folder: for its files; empty.
        seed: what happens, and when.
        way: how it is followed.
        kills: how often the process is killed.
        longest: seconds for which transactions are open at most; the process lives a little longer than that.
        at_once: how many conversations one large transaction adds.
        moves: whether there are four companies, and whatever can be moved between them is.
    """

    def __init__(
        self,
        folder: Path,
        seed: str,
        way: str,
        *,
        kills: int,
        longest: float = 9.0,
        at_once: int = 300,
        moves: bool = False,
    ) -> None:
        self._folder, self._way, self._kills, self._longest = folder, way, kills, longest
        self._at_once, self._moves = at_once, moves
        self._seed, self._chance = seed, random.Random(seed)
        self._server: PostgresServer
        self.killed: dict[str, int] = {}
        self._caught_up_in = 0.0

    def run(self) -> str:
        """Do it; returns what happened in a line.

        Raises:
            BrokenPromiseError: a promise was not kept.
        """
        self._server = PostgresServer("deadlock_timeout=100ms")
        follower = Follower(self._folder, self._server.url(), self._way)
        traffic = None
        try:
            platform = new_platform(self._server, others=3 if self._moves else 1)
            traffic = Traffic(self._server.url(), self._seed, self._longest, moves=self._moves)
            mappings = self._mappings()
            restarted = self._chance.randrange(self._kills) if self._chance.random() < 0.5 else -1
            much = self._chance.randrange(self._kills)
            for number in range(self._kills):
                if number == much:
                    write_much(self._server.url(), self._at_once)
                self._life(follower, mappings, restart=number == restarted)
            platform = self._last_life(follower, traffic)
            self._verified(follower, platform)
            return f"{self._way}, {traffic.transactions} transactions, {self._told(platform)}, {self.killed}"
        finally:
            if traffic is not None:
                traffic.stop()
            follower.close()
            self._note((self._server.folder / "log").read_text())
            self._server.close()

    def _told(self, platform: Platform) -> str:
        tables = ("conversations", "messages", "message_feedback")
        counts = [platform.value(f"SELECT count(*) FROM {each}") for each in tables]
        return f"{counts} rows, caught up in {self._caught_up_in:.0f} s"

    def _mappings(self) -> list[str]:
        """Two that mean the same: with each change all is read again."""
        built_in = (ROOT / "src/botlens/sources/postgres/mappings/supabase.toml").read_text()
        other = self._folder / "supabase.toml"
        other.write_text(built_in.replace(' up = "positive"', ' up = "positive", upp = "positive"'))
        return ["supabase", str(other)]

    def _note(self, what: str) -> None:
        with (self._folder / "story.txt").open("a") as file:
            file.write(f"{time.strftime('%H:%M:%S')} {what}\n")

    def _life(self, follower: Follower, mappings: list[str], *, restart: bool) -> None:
        chance = self._chance
        strike, seconds, how = (
            None,
            0.3 + chance.choice((2.0, 5.0, 3 + self._longest)) * chance.random(),
            signal.SIGKILL,
        )
        name = "any time"
        if chance.random() < 0.6:
            point = chance.choice((*_POINTS[self._way], *_POINTS[self._way], *_ANYWHERE))
            number = chance.randint(1, 8 if point in _OFTEN else 2)
            strike = {"point": point, "number": number, "after": chance.random() < 0.5}
            seconds, name = 10 + 2 * self._longest, f"{point} {'after' if strike['after'] else 'before'}"
        elif chance.random() < 0.15:
            how, name = signal.SIGTERM, "asked to end"
        if (strike is not None and strike["point"] in _OF_COPY) or chance.random() < 0.1:
            follower.mapping = mappings[follower.mapping == mappings[0]]  # so all is read again
        follower.begin(strike)
        self._note(f"{strike or how.name} for {seconds:.1f} s, {follower.mapping}")
        if restart:
            crash = chance.choice((signal.SIGINT, signal.SIGQUIT))
            time.sleep(chance.uniform(0, seconds / 2))
            self._note(f"the server ends by {crash.name}")
            self._server.stop(crash)
            time.sleep(chance.uniform(0, 1))
            self._server.start()
        until = time.monotonic() + seconds
        while follower.lives() and time.monotonic() < until:
            time.sleep(0.02)
        was_there = follower.lives()
        code, took = follower.ends(how)
        self._note(
            f"ended by {code} after {took:.1f} s" + (", which had not come there" if was_there else "")
        )
        if was_there and strike is not None:
            name = "any time"
        self.killed[name] = self.killed.get(name, 0) + 1
        if how is signal.SIGTERM and (code not in (0, -signal.SIGTERM) or took > _ENDS_IN):
            raise BrokenPromiseError(
                f"asked to end it ended after {took:.1f} s with {code}: {self._log(follower)}"
            )
        if code not in (0, -signal.SIGKILL, -signal.SIGTERM):
            raise BrokenPromiseError(f"it died by itself, with {code}: {self._log(follower)}")

    @staticmethod
    def _log(follower: Follower) -> str:
        return follower.log.read_text()[-3_000:]

    def _last_life(self, follower: Follower, traffic: Traffic) -> Platform:
        """It comes to follow while there is traffic; when that has ended, every number is right."""
        follower.begin()
        self._wait(
            lambda: (follower.ask("standing") or {}).get("phase") == "follow", follower, "it does not follow"
        )
        time.sleep(self._chance.uniform(0.5, 2))
        traffic.stop()
        platform = Platform.__new__(Platform)
        platform.connection = psycopg.connect(self._server.url(), autocommit=True)
        self._catches_up(follower)
        self._agrees(follower, platform)
        code, took = follower.ends(signal.SIGTERM)
        if code not in (0, -signal.SIGTERM) or took > _ENDS_IN:
            raise BrokenPromiseError(
                f"asked to end it ended after {took:.1f} s with {code}: {self._log(follower)}"
            )
        self._wait(
            lambda: platform.value("SELECT count(*) FROM pg_replication_slots") == 0, None, "a slot stays"
        )
        return platform

    def _catches_up(self, follower: Follower) -> None:
        """All that there was is taken in, as it says itself: how late that is has nothing to do with whether
        it is right. Accounts are read beside, a little later.
        """
        began = time.monotonic()

        def has() -> bool:
            return (follower.ask("standing") or {"caught_up_at": 0})["caught_up_at"] >= began + 2

        self._wait(has, follower, "it does not catch up", _CATCHES_UP_IN)
        self._caught_up_in = time.monotonic() - began
        self._note(f"caught up after {self._caught_up_in:.1f} s")

    def _agrees(self, follower: Follower, platform: Platform) -> None:
        """Every number is right; an answer may take long, so there are always some."""
        wanted = wanted_of(platform)
        until = time.monotonic() + _AGREES_IN
        answers = 0
        while found := self._differing(follower, wanted):
            answers += 1
            if answers >= _ANSWERS and time.monotonic() > until:
                self._keep(platform)
                (self._folder / "differs.txt").write_text("\n".join(found))
                time.sleep(_LATER)
                later = self._differing(follower, wanted)
                os.kill(follower.pid, signal.SIGUSR1)  # its log says where each thread is
                raise BrokenPromiseError(
                    f"numbers differ: {found[:6]}, {len(found)} in all; after {_LATER:.0f} s more "
                    f"{len(later)} differ: {later[:6]}, {follower.ask('standing')}"
                )
            time.sleep(0.2)

    def _differing(self, follower: Follower, wanted: dict[str, Any]) -> list[str]:
        began = time.monotonic()
        numbers = follower.ask("numbers")
        if numbers is None and not follower.lives():
            raise BrokenPromiseError(f"it died by itself: {self._log(follower)}")
        found = ["it does not answer"] if numbers is None else differing(wanted, numbers)
        self._note(f"{len(found)} numbers differ, after {time.monotonic() - began:.1f} s")
        return found

    def _keep(self, platform: Platform) -> None:
        """What the tables are, for whoever looks into what went wrong."""
        for table in ("conversations", "messages", "message_feedback"):
            rows = platform.connection.execute(f"SELECT xmin::text, to_json(t)::text FROM {table} t")
            lines = "".join(f"{xmin} {row}\n" for xmin, row in rows)
            (self._folder / f"{table}.rows").write_text(lines)

    def _wait(
        self, condition: Any, follower: Follower | None, otherwise: str, within: float = _AGREES_IN
    ) -> None:
        until = time.monotonic() + within
        while not condition():
            if follower is not None and not follower.lives():
                raise BrokenPromiseError(f"it died by itself: {self._log(follower)}")
            if time.monotonic() > until:
                if follower is not None:
                    os.kill(follower.pid, signal.SIGUSR1)  # its log says where each thread is
                said = None if follower is None else follower.ask("standing")
                raise BrokenPromiseError(f"{otherwise} after {within:.0f} s: {said}")
            time.sleep(0.2)

    def _verified(self, follower: Follower, platform: Platform) -> None:
        """`botlens sync --verify` finds nothing that differs, either."""
        report = self._folder / "report.json"
        follower.begin(verify=report)
        while follower.lives():
            time.sleep(0.05)
        code, _ = follower.ends()
        found = json.loads(report.read_text()) if report.exists() else {}
        if code or any(found[each] for each in ("gone", "missing", "different")):
            raise BrokenPromiseError(f"verify ended with {code} and {found}: {self._log(follower)}")


def wanted_of(platform: Platform) -> dict[str, Any]:
    """By company: what the oracle counts of its rows, and its messages."""
    events, chatbots = platform.events(), platform.chatbots()
    found = {}
    for company, bots in platform.connection.execute(
        "SELECT c.id::text, array_remove(array_agg(b.id::text), NULL) FROM companies c "
        "LEFT JOIN chatbots b ON b.company_id = c.id GROUP BY 1"
    ):
        own = [each for each in events if each["chatbot_id"] in bots]
        found[company] = {
            "overview": oracle.overview(
                own,
                [each for each in chatbots if each["chatbot_id"] in bots],
                now=NOW,
                zone="UTC",
                plan="pro",
                limit=10_000,
            ),
            "messages": sorted(
                (each["conversation_id"], each["id"], each["role"], each["content"])
                for each in own
                if each["type"] == "message"
            ),
            "votes": {
                (each["chatbot_id"], each["conversation_id"], each["message_id"], _VOTES[each["value"]])
                for each in own
                if each["type"] == "feedback"
            },
        }
    return found


def differing(wanted: dict[str, Any], numbers: dict[str, Any]) -> list[str]:
    """What differs between the two."""
    found = []
    for company, each in wanted.items():
        here = numbers.get(company)
        if here is None:
            found.append(f"{company} is not there")
            continue
        found += differences(each["overview"], here["overview"])
        if not here["verified"]["equal"]:
            found.append(f"facts differ: {here['verified']}")
        said = {
            (row["conversation_id"], row["message_id"], row["role"], row["content"])
            for row in map(json.loads, here["messages"].splitlines())
        }
        for ours, theirs in ((said, set(each["messages"])), (set(here["votes"]), each["votes"])):
            found += [f"more here: {row!r:.200}" for row in sorted(ours - theirs)]
            found += [f"missing here: {row!r:.200}" for row in sorted(theirs - ours)]
    return found


def storm(folder: Path, seed: str, **options: Any) -> str:
    """A round, see `Round` for its options; the ways to follow take turns."""
    way = WAYS[int(seed.rsplit("-", 1)[1]) % 3]
    return Round(folder, seed, way, **{"kills": 20, **options}).run()
