"""The shape of a verification, for OpenAPI."""

from typing_extensions import TypedDict


class Verification(TypedDict):
    """What a check of the derived numbers against the raw events found."""

    equal: bool
    conversations: int
    differences: list[str]
