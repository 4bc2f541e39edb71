"""The shapes of what those who look after a server are told, for OpenAPI."""

from typing import NotRequired

from typing_extensions import TypedDict


class Alive(TypedDict):
    """The process lives: `ok`."""

    status: str


class Ready(TypedDict):
    """It can answer: `ready`. `warnings` tell, by name, what needs somebody's eyes all the same."""

    status: str
    warnings: NotRequired[dict[str, str]]
