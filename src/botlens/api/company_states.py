"""What state a company is in, for those who look on: a number and an id that are others after each change."""

import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from botlens.engine import Engine
from botlens.tenants.markers import Marker
from botlens.tenants.values import Chatbot, Company


@dataclass(frozen=True, slots=True)
class StateChange:
    """What a stream tells.

    Attributes:
        id: names this state of the company to this process, and is another one after each change.
        version: a number that grows with each change.
        chatbots: that changed; None if that is not known, so that all may have.
    """

    id: str
    version: int
    chatbots: Collection[str] | None


@dataclass(frozen=True, slots=True)
class _Belongings:
    """What a company has besides its commits that answers depend on.

    `gaps`: a number that is another one whenever its gaps may be: no embed link shows them.
    """

    company: Company | None
    chatbots: Mapping[str, Chatbot]
    markers: tuple[Marker, ...]
    gaps: int

    def seen_by(self, only: str | None) -> int:
        """A number for what of it is seen by those who may see one chatbot alone; None sees all of it."""
        if only is None:
            return hash((self.company, tuple(self.chatbots.values()), self.markers, self.gaps))
        markers = tuple(each for each in self.markers if each.chatbot_id in (None, only))
        return hash((self.company, self.chatbots.get(only), markers))


class CompanyStates:
    """The states of companies: their commits, their gaps, and what they have in the accounts.

    To those who may see one chatbot alone, a state is that of this chatbot: what other chatbots do, and how
    much of it, changes neither its number nor its id.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._start = secrets.token_hex(4)
        self._seen: dict[str, _Belongings] = {}
        self._changes: Counter[tuple[str, str | None]] = Counter()

    def look(self, company_id: str) -> bool:
        """Look at accounts and gaps; whether they have changed since the last look. May wait for them."""
        accounts = self._engine.accounts
        chatbots = accounts.chatbots_by_id(company_id)
        found = _Belongings(
            accounts.company(company_id),
            dict(chatbots),
            accounts.markers(company_id),
            self._engine.linking.stamp(company_id),
        )
        known = self._seen.get(company_id)
        if known == found:
            return False
        self._seen[company_id] = found
        if known is None:
            return False
        for only in (None, *known.chatbots.keys(), *(found.chatbots.keys() - known.chatbots.keys())):
            if known.seen_by(only) != found.seen_by(only):
                self._changes[company_id, only] += 1
        return True

    def of(self, company_id: str, only: str | None) -> StateChange:
        """The state as it was seen last; it waits for nothing.

        Args:
            company_id: of which company.
            only: to those who may see this chatbot alone; None: to those who may see all.
        """
        seen = self._seen.get(company_id)
        found = 0 if seen is None else seen.seen_by(only)
        commits = self._engine.commits.version(company_id, only)
        id_ = f"{self._start}-{commits}-{found & 0xFFFFFFFF:x}"
        return StateChange(id_, commits + self._changes[company_id, only], None)
