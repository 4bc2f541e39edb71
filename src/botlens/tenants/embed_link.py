"""An embed link: what a page in somebody else's product may show of one chatbot."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from botlens.tenants.plans import COMPARE, CONVERSATIONS, QUERY

PARTS: Final = (
    *("cards", "chart", "questions", "unanswered", "hours", "languages", "channels", "outcomes"),
    *("depth", "drop_off", "retention", "ratings", "conversations"),
)
"""What of a bot's page a link may show. `conversations` needs transcripts."""

THEMES: Final = ("system", "light", "dark")
LANGUAGES: Final = ("en", "de")


@dataclass(frozen=True, slots=True)
class EmbedLink:
    """A link. It is plain and hashable, so that what it lets see can be part of a scope.

    Attributes:
        id: public; the page is `/embed/{id}`.
        company_id: whose.
        chatbot_id: the one chatbot that it is about.
        name: for people.
        parts: of the page, in its order; of `PARTS`.
        filters: JSON; the filters that are true of all that is read by it, as in a query.
        first_day: the first local day that may be asked about; None does not bound.
        last_day: the last one.
        history_days: how many local days before today may be asked about; None does not bound.
        theme: of `THEMES`.
        accent: a colour, `#rrggbb`; None is the page's own.
        language: of `LANGUAGES`; None is the browser's.
        origins: whose pages may frame it.
        transcripts: whether conversations may be listed and read.
        expires_at: when it ends; None: when it is revoked.
        revoked_at: when it was.
        who: made it, as `Caller.who`.
        created_at: when.
    """

    id: str
    company_id: str
    chatbot_id: str
    name: str
    parts: tuple[str, ...]
    filters: str
    first_day: date | None
    last_day: date | None
    history_days: int | None
    theme: str
    accent: str | None
    language: str | None
    origins: tuple[str, ...]
    transcripts: bool
    expires_at: datetime | None
    revoked_at: datetime | None
    who: str
    created_at: datetime

    @property
    def features(self) -> frozenset[str]:
        """What whoever reads by it may use, if the plan of the company includes it."""
        return frozenset({QUERY, COMPARE, CONVERSATIONS} if self.transcripts else {QUERY, COMPARE})

    @property
    def shows_questions(self) -> bool:
        """Whether texts that visitors wrote may be read by it."""
        return self.transcripts or not {"questions", "unanswered"}.isdisjoint(self.parts)

    @property
    def bounds_days(self) -> bool:
        """Whether there are days that may not be asked about."""
        return any(each is not None for each in (self.first_day, self.last_day, self.history_days))

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= now
