"""Shapes of what people keep of the page: markers, saved views, embed links."""

from typing import Any, Literal

from typing_extensions import TypedDict


class MarkerShape(TypedDict):
    """Something that happened at a moment (RFC 3339, UTC); without a chatbot it is of the whole company."""

    id: str
    chatbot_id: str | None
    at: str
    text: str
    link: str | None
    who: str
    created_at: str


class MarkerList(TypedDict):
    """Markers by their time."""

    markers: list[MarkerShape]


EffectDays = TypedDict("EffectDays", {"from": str, "to": str})
"""Local days, both included."""


class EffectSide(TypedDict):
    """One side of a marker: its days, what the metric was in them, and on how many it stands."""

    days: EffectDays
    value: float | None
    n: int | None
    interval: list[float] | None


class EffectChange(TypedDict):
    """From the earlier to the later side: in the metric's own unit, and by the earlier value."""

    absolute: float | None
    relative: float | None


class MarkerEffect(TypedDict):
    """A metric before and after a marker, over as many local days each; the marker's own day is left out.

    `before`, `after` and `change` are null as long as no whole day has passed since. `distinguishable` is
    null where that cannot be said: a side stands on fewer than `least_n`.
    """

    marker: MarkerShape
    metric: str
    timezone: str
    days: int
    left_out: str
    least_n: int
    before: EffectSide | None
    after: EffectSide | None
    change: EffectChange | None
    distinguishable: bool | None


class ViewShape(TypedDict):
    """A saved page; `query` is of its URL, without `?`."""

    id: str
    name: str
    query: str
    chatbot_id: str | None
    shared: bool
    who: str
    created_at: str


class ViewList(TypedDict):
    """The shared views and one's own, by name."""

    views: list[ViewShape]


Theme = Literal["system", "light", "dark"]


class EmbedLinkShape(TypedDict):
    """What a page elsewhere may show of one chatbot. Times are RFC 3339 in UTC, days are local ones."""

    id: str
    name: str
    chatbot_id: str
    parts: list[str]
    filters: Any
    first_day: str | None
    last_day: str | None
    history_days: int | None
    theme: Theme
    accent: str | None
    language: str | None
    origins: list[str]
    transcripts: bool
    expires_at: str | None
    revoked_at: str | None
    who: str
    created_at: str


class NewEmbedLink(TypedDict):
    """A link, its secret, and the address of its page with it: shown this once."""

    link: EmbedLinkShape
    secret: str
    url: str


class EmbedLinkList(TypedDict):
    """The embed links of a company, the newest first."""

    embed_links: list[EmbedLinkShape]


class EmbedToken(TypedDict):
    """A token that reads what its link lets be read, until it ends; and the address of the page with it."""

    token: str
    url: str
    expires_at: str


class EmbedPage(TypedDict):
    """What whoever reads by an embed link must know to show its page. `today` is the local day there."""

    link_id: str
    chatbot_id: str
    chatbot_name: str | None
    timezone: str
    today: str
    parts: list[str]
    filters: Any
    first_day: str | None
    last_day: str | None
    theme: Theme
    accent: str | None
    language: str | None
    origins: list[str]
    transcripts: bool
    expires_at: str | None
