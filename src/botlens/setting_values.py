"""What some settings may be: types of text that is checked, and made what is used, when it is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from botlens.addresses import is_http, network_of, origin_of, public_address, sound_clickhouse_url


def _listed(read: Callable[[str], str], *, any_by_star: bool = False) -> BeforeValidator:
    """Values with commas between them; where `*` may stand for any, it is kept."""

    def values(said: object) -> object:
        if not isinstance(said, str):
            return said
        parts = [each.strip() for each in said.split(",") if each.strip()]
        return tuple(each if any_by_star and each == "*" else read(each) for each in parts)

    return BeforeValidator(values)


def _all_others(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError("one of them is named twice: each shard has a database of its own")
    return values


def _http(what: str, *, is_base: bool) -> AfterValidator:
    """An address that speaks HTTP; of one to which paths are added, a slash at the end goes."""

    def address(said: str) -> str:
        if not is_http(said):
            raise ValueError(f"it must be {what}")
        return said.rstrip("/") if is_base else said

    return AfterValidator(address)


def _small(said: object) -> object:
    return said.lower() if isinstance(said, str) else said


def _of_a_file(said: object) -> object:
    if not (isinstance(said, str) and said.startswith("@")):
        return said
    try:
        return Path(said[1:]).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"{said[1:]} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{said[1:]} cannot be read: it is no text ({error}).") from None


Origins = Annotated[tuple[str, ...], NoDecode, _listed(origin_of, any_by_star=True)]
"""Origins of pages, with commas between them; `*` is any."""

Networks = Annotated[tuple[str, ...], NoDecode, _listed(network_of, any_by_star=True)]
"""Addresses and networks, with commas between them; `*` is any."""

ShardUrls = Annotated[tuple[str, ...], NoDecode, _listed(sound_clickhouse_url), AfterValidator(_all_others)]
"""URLs of ClickHouse servers, with commas between them, none of them twice."""

ClickHouseUrl = Annotated[str, AfterValidator(sound_clickhouse_url)]
"""The URL of a ClickHouse server."""

PublicUrl = Annotated[str, AfterValidator(public_address)]
"""An address for browsers."""

NodeUrl = Annotated[
    str, _http("where other nodes reach this one, such as http://10.0.0.7:8000", is_base=True)
]
"""Where a node is reached."""

ServerUrl = Annotated[
    str, _http("the address of a botlens server, such as https://botlens.example.com", is_base=True)
]
"""A botlens server."""

EmbeddingUrl = Annotated[
    str,
    _http("the address of an endpoint for embeddings, such as https://models.example.com/v1", is_base=False),
]
"""An endpoint for embeddings."""

Folder = Annotated[Path, AfterValidator(lambda said: said.expanduser().resolve())]
"""A folder, wherever it is named from."""

InSmallLetters = BeforeValidator(_small)
"""Of a word: however it is written."""

OrOfAFile = BeforeValidator(_of_a_file)
"""Of a text: `@FILE` is what stands in that file, without white space at its ends."""
