"""Shapes of knowledge gaps besides those of `gaps.shapes`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from botlens.gaps.reading.shapes import GapDetail


class SplitGap(TypedDict):
    """A gap of which some questions went into a new one."""

    gap: GapDetail
    new_gap: GapDetail


class MergedGap(TypedDict):
    """A gap that others went into."""

    gap: GapDetail


class Relinked(TypedDict):
    """All gaps of the company were linked anew: the highest number of a link, and how many there are."""

    state: Literal["done"]
    link: int
    questions: int
    gaps: int
    seconds: float


class Relinking(TypedDict):
    """It goes on: how many questions were embedded, of how many, where that is known."""

    state: Literal["running"]
    done: int
    of: int | None


_NOTE = "For the history: what was done."
_REASON = "Why it is dismissed, or opened again."
_VERSION = "The version that the gap must still have; another is answered by 409."


class GapChanges(BaseModel):
    """What to set of a gap; what is absent stays as it is."""

    model_config = ConfigDict(strict=True, extra="forbid")

    state: Literal["fixed", "dismissed", "open"] | None = None
    at: Annotated[AwareDatetime | None, Field(description="Since when it is fixed; now if absent.")] = None
    note: Annotated[str | None, Field(description=_NOTE)] = None
    reason: Annotated[str | None, Field(description=_REASON)] = None
    title: Annotated[str | None, Field(description="For people; null is the one that botlens finds.")] = None
    if_version: Annotated[int | None, Field(description=_VERSION)] = None


class GapMerge(BaseModel):
    """The gaps that are to go into this one."""

    model_config = ConfigDict(strict=True, extra="forbid")

    others: Annotated[list[str], Field(alias="with", min_length=1, max_length=100)]
    if_version: Annotated[int | None, Field(description=_VERSION)] = None


class GapSplit(BaseModel):
    """The questions that are to have a gap of their own, in whatever wording."""

    model_config = ConfigDict(strict=True, extra="forbid")

    questions: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    if_version: Annotated[int | None, Field(description=_VERSION)] = None
