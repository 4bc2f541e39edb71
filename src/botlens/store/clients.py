"""Makes the clients that connections speak through: to the engine inside this process, or to a server."""

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from botlens.store import embedded
from botlens.store.topology import Topology
from botlens.store.unreachable import first_line_of, why_not_opened

_CONNECT_SECONDS = 10
"""How long a server may take for each of the statements with which a connection begins."""

_OWN_SHARE = 0.95
"""Of the time that a call may take, the client takes so much: it ends by itself, and its thread with it."""

_ENCODES_BESIDE = "output_format_arrow_parallel_encoding"
"""A setting of newer engines: threads that make one answer in columns may wait for each other for good."""


class Clients(Protocol):
    """Where clients come from. For any thread.

    Attributes:
        topology: where the tables lie.
    """

    topology: Topology

    def connect(self) -> Client:
        """A client that has been answered."""
        ...

    def before_a_call(self) -> None:
        """See whether a statement can be begun."""
        ...

    def limit(self, client: Client, seconds: float) -> None:
        """Have a client wait no longer for its answer than a caller does."""
        ...

    def why_not(self, error: Exception) -> str:
        """Why there is no client, for whoever starts the process: only they may read where the store is."""
        ...


class EngineClients(Clients):
    """Those of the engine inside this process.

    Args:
        folder: of its data.
        memory_mib: the most that it may use.
        cluster: none; see `Topology`.

    Raises:
        InvalidError: see `embedded.require_limit`, and `Topology`.
    """

    def __init__(self, folder: Path, memory_mib: int, cluster: str | None = None) -> None:
        self.topology = Topology(is_shared=False, cluster=cluster)
        self._folder = folder
        self._options = embedded.prepare(folder, memory_mib)

    def connect(self) -> Client:
        """See `Clients`."""
        return _sound(
            clickhouse_connect.get_client(
                interface="chdb",
                path=str(self._folder),
                chdb_options=self._options,
                settings=dict(self.topology.connection_settings),
            )
        )

    def before_a_call(self) -> None:
        """The engine would end the process where descriptors are lacking."""
        embedded.require_descriptors()

    def limit(self, client: Client, seconds: float) -> None:
        """The engine knows none that it would keep."""

    def why_not(self, error: Exception) -> str:
        """See `Clients`."""
        return (
            f"Cannot open the event store in {self._folder}: {first_line_of(error)}. It belongs to one "
            "process: is another botlens running on it?"
        )


class ServerClients(Clients):
    """Those of a server.

    Args:
        url: `http(s)://user:password@host:port/database` (also `clickhouse://`).
        cluster: of which cluster that server is one.
        setting: the environment variable that names the URL: for sentences.
    """

    def __init__(self, url: str, cluster: str | None, setting: str) -> None:
        self.topology = Topology(is_shared=True, cluster=cluster)
        self._url, self._setting = url, setting

    def connect(self) -> Client:
        """See `Clients`."""
        scheme = urlsplit(self._url).scheme
        client = clickhouse_connect.get_client(
            dsn=self._url,
            interface=scheme if scheme in ("http", "https") else None,  # it looks at the port alone
            settings=dict(self.topology.connection_settings),
            autogenerate_session_id=False,
            dedicated_pool=True,  # a socket that is broken is no other client's, and goes with this one
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=_CONNECT_SECONDS,  # of what it asks by itself; see `limit`
        )
        try:
            client.command("SELECT 1")  # the first that comes with our settings
            return _sound(client)
        except BaseException:
            client.close()  # else its pool is kept for ever, and a descriptor with it
            raise

    def before_a_call(self) -> None:
        """A server looks after its own descriptors."""

    def limit(self, client: Any, seconds: float) -> None:
        """See `Clients`."""
        client.timeout = type(client.timeout)(connect=_CONNECT_SECONDS, read=_OWN_SHARE * seconds)

    def why_not(self, error: Exception) -> str:
        """See `Clients`."""
        return why_not_opened(self._url, self.topology.on_all, error, self._setting)


def _sound(client: Client) -> Client:
    if _ENCODES_BESIDE in client.server_settings:
        client.set_client_setting(_ENCODES_BESIDE, 0)
    return client
