"""A PostgreSQL that is killed, stands still, is slow, lets its clients go, and whose clock jumps."""

import random
import signal
import time
from contextlib import suppress
from typing import Any

import psycopg

from botlens.cluster.slots import slot_of
from tests.engine.postgres_server import PostgresServer

_STORM = """
CREATE SCHEMA storm;
CREATE TABLE storm.now (shift float8, pause float8);
INSERT INTO storm.now VALUES (0, 0);
CREATE FUNCTION storm.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS $$ SELECT pg_catalog.clock_timestamp() + (SELECT shift FROM storm.now) * interval '1 s' $$;
CREATE FUNCTION storm.now() RETURNS timestamptz LANGUAGE sql STABLE
  AS $$ SELECT pg_catalog.now() + (SELECT shift FROM storm.now) * interval '1 s' $$;
CREATE FUNCTION storm.wait() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN PERFORM pg_catalog.pg_sleep((SELECT random() * pause FROM storm.now)); RETURN NULL; END $$;
CREATE TABLE storm.owners (number bigserial, slot int, epoch bigint, owner text, was bigint, owned text,
  remained float8);
CREATE TABLE storm.renewals (slot int PRIMARY KEY, at float8);
CREATE FUNCTION storm.note() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE real_now float8 := extract(epoch FROM pg_catalog.clock_timestamp()); BEGIN
  IF OLD.epoch IS DISTINCT FROM NEW.epoch OR OLD.owner IS DISTINCT FROM NEW.owner THEN
    INSERT INTO storm.owners (slot, epoch, owner, was, owned, remained) VALUES (
      NEW.slot, NEW.epoch, NEW.owner, OLD.epoch, OLD.owner,
      coalesce((SELECT at FROM storm.renewals WHERE slot = NEW.slot), 0) + OLD.lasts - real_now);
  END IF;
  IF OLD.expires IS DISTINCT FROM NEW.expires THEN
    INSERT INTO storm.renewals VALUES (NEW.slot, real_now) ON CONFLICT (slot) DO UPDATE SET at = real_now;
  END IF;
  RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE ON botlens.slots FOR EACH ROW EXECUTE FUNCTION storm.note();
CREATE TABLE storm.unfenced (slot int, epoch bigint, held bigint);
CREATE FUNCTION storm.fence() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO storm.unfenced SELECT slot, NEW.epoch, epoch FROM botlens.slots
    WHERE slot = NEW.slot AND epoch <> NEW.epoch;
  RETURN NEW; END $$;
CREATE TRIGGER fence BEFORE INSERT ON botlens.journal FOR EACH ROW EXECUTE FUNCTION storm.fence();
CREATE TRIGGER wait BEFORE INSERT OR DELETE ON botlens.journal FOR EACH STATEMENT
  EXECUTE FUNCTION storm.wait();
CREATE TRIGGER wait BEFORE UPDATE ON botlens.slots FOR EACH STATEMENT EXECUTE FUNCTION storm.wait();
"""


class Database(PostgresServer):
    """The server; nodes see what they would of one that is ill."""

    def prepare(self) -> None:
        """Put in what the faults need, once the tables are there."""
        self.run(_STORM)
        # What is not said with its schema is ours, before that of the server.
        self.run("ALTER DATABASE postgres SET search_path = storm, pg_catalog, public")

    def run(self, statement: str, *parameters: Any) -> list[Any]:
        """What a statement gives, over a connection of its own that sees the real clock."""
        with psycopg.connect(self.url(), autocommit=True, connect_timeout=20) as connection:
            found = connection.execute(statement, parameters or None)
            return found.fetchall() if found.description else []

    def crash(self) -> None:
        """End it as a power cut does, but for the pages that the system has."""
        self.stop(signal.SIGQUIT)

    def slow(self, seconds: float) -> None:
        """What changes the journal or a slot takes up to so many seconds longer."""
        self.run("UPDATE storm.now SET pause = %s", seconds)

    def cut(self) -> None:
        """Let go of all clients, wherever they are: also those whose change is durable, and not told."""
        self.run(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
            "WHERE pid != pg_catalog.pg_backend_pid() AND backend_type = 'client backend'"
        )

    def jump(self, seconds: float) -> None:
        """Have its clock be wrong by so much."""
        self.run("UPDATE storm.now SET shift = %s", seconds)

    def move_a_slot(self, chance: random.Random) -> bool:
        """Have a slot with a company brought to the other of two shards, unless it was there before.

        Where the server is away just now it is left for another time.
        """
        with suppress(psycopg.OperationalError):
            return self._begin_a_move(chance)
        return False

    def _begin_a_move(self, chance: random.Random) -> bool:
        companies = [row[0] for row in self.run("SELECT id FROM botlens.companies ORDER BY id")]
        begun = self.run(
            "INSERT INTO botlens.slot_moves (slot, target, begun) SELECT slot, 1 - shard, 0 "
            "FROM botlens.slots AS held WHERE slot = %s AND NOT EXISTS "
            "(SELECT 1 FROM botlens.slot_remains AS each WHERE each.slot = held.slot) "
            "ON CONFLICT DO NOTHING RETURNING slot",
            slot_of(chance.choice(companies)),
        )
        return bool(begun)

    # What it knows of a cluster

    def companies_of(self, node: str) -> frozenset[str]:
        """The companies whose slots a node has; none where the server is away just now."""
        with suppress(psycopg.OperationalError):
            slots = {row[0] for row in self.run("SELECT slot FROM botlens.slots WHERE node = %s", node)}
            companies = self.run("SELECT id FROM botlens.companies")
            return frozenset(row[0] for row in companies if slot_of(row[0]) in slots)
        return frozenset()

    def moves_are_done(self, within: float) -> bool:
        """Whether each slot lies where it was to be brought, and nothing of it where it was."""
        until = time.monotonic() + within
        waits = "SELECT (SELECT count(*) FROM botlens.slot_moves) + count(*) FROM botlens.slot_remains "
        while self.run(f"{waits} WHERE erased = 0")[0][0]:
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def moved(self) -> int:
        """How many slots were brought to another shard."""
        return int(self.run("SELECT count(*) FROM botlens.slot_remains")[0][0])

    def frames(self) -> int:
        return int(self.run("SELECT count(*) FROM botlens.journal")[0][0])

    def journal_is_empty(self, within: float) -> bool:
        until = time.monotonic() + within
        while self.frames():
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def faults_of_ownership(self) -> list[str]:
        """Where an epoch did not grow with its owner, a slot was taken before its time was over, or a frame
        was written by who had not the slot any more.

        By the real clock: what the nodes see of the server's may jump.
        """
        rows = self.run("SELECT slot, epoch, owner, was, owned, remained FROM storm.owners ORDER BY number")
        found = []
        for slot, epoch, owner, was, owned, remained in rows:
            if epoch < was:
                found.append(f"slot {slot}: epoch {epoch} after {was}")
            if owner and owner != owned and epoch <= was:
                found.append(f"slot {slot}: {owner} in the place of {owned or 'nobody'} in epoch {epoch}")
            if owner and owned and owner != owned and remained > 0.01:
                found.append(f"slot {slot}: taken from {owned} {remained:.2f} s before its lease ended")
        unfenced = self.run("SELECT slot, epoch, held FROM storm.unfenced")
        found += [
            f"slot {slot}: a frame of epoch {epoch} was written in epoch {held}"
            for slot, epoch, held in unfenced
        ]
        return found

    def takings(self) -> int:
        """How often a slot got another owner."""
        return int(self.run("SELECT count(*) FROM storm.owners WHERE owner <> ''")[0][0])
