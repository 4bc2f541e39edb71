"""Where a PostgreSQL is, and as whom it is read; its password is never shown."""

import ipaddress
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from botlens.addresses import is_host
from botlens.errors import InvalidError

EXAMPLE: Final = "postgresql://ROLE:PASSWORD@HOST:5432/postgres"
TRANSACTION_POOLER: Final = 6543

# libpq reads a password up to the first `/` or `@`, and takes the rest for a host, a port or a database:
# then it would be named in errors. So what is ambiguous is not read at all.
_URL: Final = re.compile(r"postgres(?:ql)?://(?:[^@/]*@)?[^@]*")


class SourceAddressError(InvalidError):
    """What should say where the source is does not."""

    code = "invalid_source_url"


@dataclass(frozen=True, slots=True)
class SourceAddress:
    """Where a PostgreSQL is, and who reads it. Its text and its `repr` do not have the password.

    Attributes:
        parameters: what the driver is given.
        hosts: names, addresses and folders of sockets; several are tried in turn.
        port: of the first.
        role: who logs in; None: as the driver chooses.
        database: None: as the driver chooses.
    """

    parameters: Mapping[str, str] = field(repr=False)
    hosts: tuple[str, ...]
    port: int
    role: str | None
    database: str | None

    def __str__(self) -> str:
        host = ",".join(self.hosts) or "this machine"
        return f"{host}:{self.port}" + (f"/{self.database}" if self.database else "")

    @property
    def is_foreign(self) -> bool:
        """Whether what is read goes over a network of others: neither a socket, nor this machine, nor
        addresses of private networks alone.
        """
        return any(not each.is_private for host in self.hosts for each in addresses_of(host))

    @property
    def is_only_ipv6(self) -> bool:
        """Whether its names have addresses of IPv6 alone."""
        found = [each for host in self.hosts for each in addresses_of(host)]
        return bool(found) and all(each.version == 6 for each in found)

    def without_password(self, said: str) -> str:
        """A text that may quote what was given, without the password."""
        password = self.parameters.get("password")
        return said.replace(password, "***") if password else said


def parse_address(url: str) -> SourceAddress:
    """The address that a URL holds.

    Raises:
        SourceAddressError: it is none, or of a pooler that cannot be used; the message does not quote it.
    """
    if not _URL.fullmatch(url):
        message = (
            f"This is not the URL of a PostgreSQL: {EXAMPLE}. In a password, write @ as %40, / as %2F and "
            "% as %25."
        )
        raise SourceAddressError(message, field="url")
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
        port = int(given.get("port", "5432").split(",")[0] or "5432")
    except (psycopg.Error, ValueError):
        # What the driver says could quote a part of the password.
        message = (
            f"This URL cannot be read: it should look like {EXAMPLE}, with % in a password written as %25."
        )
        raise SourceAddressError(message, field="url") from None
    if port == TRANSACTION_POOLER:
        message = (
            "Port 6543 is that of the transaction pooler, which gives each statement another connection: "
            "use the "
            "direct connection or the session pooler, both at port 5432 (Supabase: Connect)."
        )
        raise SourceAddressError(message, code="transaction_pooler", field="url")
    hosts = tuple(each for each in (given.get("hostaddr") or given.get("host", "")).split(",") if each)
    if not all(each.startswith(("/", "@")) or is_host(each) for each in hosts):
        message = f"There cannot be a host of the name in this URL: it should look like {EXAMPLE}."
        raise SourceAddressError(message, field="url")
    return SourceAddress(given, hosts, port, given.get("user"), given.get("dbname"))


def addresses_of(host: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The addresses of a host: none of a folder of sockets, nor of a name that cannot be looked up now."""
    if host.startswith(("/", "@")):
        return
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    for each in dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found):
        yield ipaddress.ip_address(each)
