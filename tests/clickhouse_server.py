"""A stand-in for a ClickHouse server, as a process: the embedded engine behind the protocol of one.

No server can be installed by a package of Python, so this is what tests of a store by URL run against: the
real engine, statement by statement, over real HTTP. What it has not: several replicas, a Keeper, users.
"""

import json
import os
import shutil
import signal
import tempfile
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests import nursery
from tests.ports import kept_port

PATIENCE = 60
WRITES = r"\s*(INSERT|ALTER|CREATE|DROP|TRUNCATE|OPTIMIZE)\b"
INSERTS = r"\s*INSERT\b"
READS = r"\s*(SELECT|WITH)\b"
READ_ONLY = 242
"""The code of a table that is in read-only mode."""


class ClickHouseServer:
    """A server on a free port of this machine, with a folder of its own, which runs from the beginning.

    Args:
        password: of its users; empty lets everybody in.
        certificate: a file with a certificate and its key; with it TLS is spoken.
        cluster: whose tables it has; see `Cluster` of the process.
    """

    def __init__(self, *, password: str = "", certificate: Path | None = None, cluster: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="botlens-ch-"))
        self._options = ["--password", password] if password else []
        self._options += ["--certificate", str(certificate)] if certificate else []
        self._options += ["--cluster", cluster] if cluster else []
        self.cluster, self._password, self._secure = cluster, password, certificate is not None
        self._keeps_port = kept_port()
        self.port = int(self._keeps_port.getsockname()[1])
        self.start()

    def start(self) -> None:
        """Run it, on its port, and wait until it listens."""
        theirs, ours = os.pipe()
        self._alive = os.fdopen(ours, "wb")
        said, telling = os.pipe()
        log = (self.folder / "log").open("ab")
        with os.fdopen(theirs) as stdin, os.fdopen(telling, "w") as stdout, log:
            self._process = nursery.start(
                "tests.clickhouse_process",
                *(str(self.folder / "data"), str(self.port), *self._options),
                stdin=stdin,
                stdout=stdout,
                stderr=log,
            )
        with os.fdopen(said) as lines:
            port = lines.readline()
        assert port, f"it does not start:\n{(self.folder / 'log').read_text()}"

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: SIGKILL is a crash."""
        self._process.send_signal(signal.SIGCONT)
        self._process.send_signal(how)
        self._process.wait(PATIENCE)
        self._alive.close()

    @property
    def code(self) -> int | None:
        """With which code it has ended; None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """A crash."""
        self.stop(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it do nothing at all, connections and all, until it is thawed."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, and remove its folder."""
        if self._process.poll() is None:
            self.kill()
        self._keeps_port.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, *, user: str = "default", password: str | None = None) -> str:
        """As `BOTLENS_CLICKHOUSE_URL` has it."""
        known = self._password if password is None else password
        who = f"{user}:{quote(known, safe='')}@" if known else ""
        return f"{'https' if self._secure else 'http'}://{who}127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str = "") -> str:
        """The URL of an empty database."""
        name = name or f"t_{uuid.uuid4().hex}"
        everywhere = f" ON CLUSTER '{self.cluster}'" if self.cluster else ""
        self.ask(f"CREATE DATABASE {name}{everywhere}")
        return self.url(name)

    def ask(self, statement: str) -> str:
        """What a statement gives, as text with tabs."""
        return self._call("/", statement.encode()).decode()

    def goes_wrong(self, *faults: dict[str, Any]) -> None:
        """What goes wrong from now on, see `Fault` of the process; nothing ends all of it."""
        self._call("/faults", json.dumps(faults).encode())

    def hits(self) -> list[int]:
        """How often each of these faults has happened."""
        return [each["hits"] for each in json.loads(self._call("/faults"))]

    def _call(self, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read()
