"""What the process that links replies, and how it fails."""

from dataclasses import dataclass
from typing import Any

from botlens.errors import OverloadedError
from botlens.gaps.meaning.model import Vectors


class NoModelError(Exception):
    """There is no model of meaning; the sentence says why."""


class LinkingEndedError(OverloadedError):
    """The process that links has ended before it was done."""

    code = "linking_ended"


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """The model of vectors: `plain` is that of the plain install, `cut` how near those of one gap are."""

    name: str
    version: str
    plain: bool
    cut: float

    @property
    def key(self) -> str:
        """Name and version in one text: vectors of two keys never mix."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Named:
    """The names of gaps, and the means of their points."""

    gaps: list[dict[str, Any]]
    means: Vectors
