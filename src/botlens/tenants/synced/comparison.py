"""What the source has against what we have: which changes make ours the same. Pure.

Nothing of another's is touched, what is gone is only marked, and more than half of a table at once is held.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from botlens.tenants.plans import FREE, Plan
from botlens.tenants.synced.values import (
    CHATBOTS,
    COMPANIES,
    SUBSCRIPTIONS,
    AccountChanges,
    AccountsHere,
    AccountsThere,
    ChatbotThere,
    CompanyThere,
    Hold,
    PutChatbot,
    PutCompany,
)

T = TypeVar("T", CompanyThere, ChatbotThere)

NOBODY: Final = ""
"""The owner of a company that nobody owns: no user is called so."""

_LISTED: Final = 5


def highest(words: Sequence[str], plans: Mapping[str, Plan]) -> str:
    """The plan that active subscriptions come to.

    Args:
        words: the source's words for their plans.
        plans: ours, from the lowest on.

    Returns:
        The highest that we know; without one a word that we do not know, which counts as free; free without
        any.
    """
    known = [name for name in plans if name in words]
    return known[-1] if known else min(words, default=FREE)


def compare(there: AccountsThere, here: AccountsHere, plans: Mapping[str, Plan]) -> AccountChanges:
    """What is to be changed here.

    Args:
        there: what the source has.
        here: what we have.
        plans: ours, from the lowest on.
    """
    companies = _Companies(there, here, plans)
    chatbots = _Chatbots(there, here, companies)
    users = {user: highest(words, plans) for user, words in (there.plans or {}).items()}
    gone_users = here.users.keys() - users.keys()
    gone, holds = _held(
        here,
        {
            COMPANIES: (companies.gone, companies.known),
            CHATBOTS: (chatbots.gone, chatbots.known),
            SUBSCRIPTIONS: (gone_users, len(here.users)),
        },
    )
    changed = {user: plan for user, plan in users.items() if here.users.get(user) != plan}
    return AccountChanges(
        companies=tuple(companies.puts()),
        gone_companies=gone[COMPANIES],
        chatbots=tuple(chatbots.puts()),
        gone_chatbots=gone[CHATBOTS],
        users={**changed, **dict.fromkeys(gone[SUBSCRIPTIONS])},
        holds=holds,
        remarks=(*companies.remarks(), *chatbots.remarks(), *_left_out(there)),
        placed={each.id: each.company_id for each in chatbots.taken.values()},
        to_read=frozenset(chatbots.to_read()),
    )


def _held(
    here: AccountsHere, gone: Mapping[str, tuple[Iterable[str], int]]
) -> tuple[dict[str, frozenset[str]], tuple[Hold, ...]]:
    """What may go, and what is held: more than half of a table at once, unless so much was confirmed."""
    going, holds = {}, []
    for table, (ids, known) in gone.items():
        going[table] = frozenset(ids)
        count = len(going[table])
        if 2 * count > known and count > here.confirmed.get(table, 0):
            holds.append(Hold(table, count, known))
            going[table] = frozenset()
    return going, tuple(holds)


def _first_of_each(rows: Iterable[T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for each in rows:
        found.setdefault(each.id, each)
    return found


class _Companies:
    """The companies of both sides."""

    def __init__(self, there: AccountsThere, here: AccountsHere, plans: Mapping[str, Plan]) -> None:
        self._there, self._here, self._plans = there, here, plans
        rows = _first_of_each(there.companies)
        ours = here.companies
        self.refused = {key for key in rows if key in ours and ours[key].source != here.source}
        waiting = {key for key in rows if (key, None) in here.erased}
        self.taken = {key: row for key, row in rows.items() if key not in self.refused | waiting}
        mine = {key for key, each in ours.items() if each.source == here.source and not each.is_gone}
        self.known = len(mine)
        self.gone = mine - rows.keys()

    def has(self, company_id: str) -> bool:
        """Whether there is such a company of the source, or was until now and may only seem to be gone."""
        return company_id in self.taken or company_id in self.gone

    def puts(self) -> Iterable[PutCompany]:
        for key, company in self.taken.items():
            ours = self._here.companies.get(key)
            said = self._said(company)
            plan = self._plan(company)
            if ours is None or ours.is_gone:
                yield PutCompany(key, said, plan, company.timezone)
                continue
            differs = {name: value for name, value in said.items() if ours.said[name] != value}
            other = plan if plan is not None and plan != ours.plan else None
            if differs or other is not None:
                yield PutCompany(key, differs, other, None)

    def _said(self, company: CompanyThere) -> dict[str, object]:
        decides = set(self._there.company_fields)
        said: dict[str, object] = {}
        if "name" in decides:
            said["name"] = company.name or company.id
        if "owner" in decides:
            said["owner"] = company.owner or NOBODY
        if company.created_at is not None:
            decides.add("created_at")
            said["created_at"] = company.created_at
        return {**said, "synced": " ".join(sorted(decides))}

    def _words(self, company: CompanyThere) -> Sequence[str]:
        """The source's words for the plans of a company: its own, or those of its owner."""
        if company.plan is not None or self._there.plans is None:
            return () if company.plan is None else (company.plan,)
        return self._there.plans.get(company.owner or NOBODY, ())

    def _plan(self, company: CompanyThere) -> str | None:
        decided = "plan" in self._there.company_fields
        return highest(self._words(company), self._plans) if decided else None

    def remarks(self) -> Iterable[str]:
        for key in sorted(self.refused)[:_LISTED]:
            yield (
                f"The source has a company {key!r}, and so have we, of our own: that one stays as it is, and "
                "nothing of the source's is taken over. Give one of the two another id."
            )
        unknown = Counter(
            word for each in self.taken.values() for word in set(self._words(each)) - self._plans.keys()
        )
        for word, count in sorted(unknown.items()):
            yield (
                f"{_counted(count, 'company is', 'companies are')} on the plan {word!r}, which is not "
                "configured and counts as free: add it to BOTLENS_PLANS, or give it a name of ours by `map` "
                "in the mapping."
            )
        owners = Counter(each.owner for each in self.taken.values() if each.owner)
        if several := sum(count > 1 for count in owners.values()):
            yield (
                f"{_counted(several, 'user owns', 'users own')} several companies: they see the oldest, and "
                "the others by X-Botlens-Company."
            )
        if several := sum(len(set(words)) > 1 for words in (self._there.plans or {}).values()):
            yield (
                f"{_counted(several, 'user has', 'users have')} active subscriptions to several plans: the "
                "highest counts."
            )


class _Chatbots:
    """The chatbots of both sides."""

    def __init__(self, there: AccountsThere, here: AccountsHere, companies: _Companies) -> None:
        self._there, self._here = there, here
        rows = _first_of_each(there.chatbots)
        of_refused = {key for key, each in rows.items() if each.company_id in companies.refused}
        placeable = {key: each for key, each in rows.items() if companies.has(each.company_id)}
        self.refused = {key for key, each in placeable.items() if (each.company_id, key) in here.own_chatbots}
        waiting = {key for key, each in placeable.items() if self._is_being_erased(each)}
        self.taken = {key: each for key, each in placeable.items() if key not in self.refused | waiting}
        awaited = {key for key, each in rows.items() if (each.company_id, None) in here.erased}
        self._staying = {key: placeable[key] for key in waiting & here.chatbots.keys()}
        self._homeless = len(rows) - len(placeable) - len(of_refused) - len(awaited - of_refused)
        mine = {key for key, each in here.chatbots.items() if not each.is_gone}
        self.known = len(mine)
        self.gone = mine - self.taken.keys() - waiting - awaited

    def _is_being_erased(self, chatbot: ChatbotThere) -> bool:
        return (chatbot.company_id, chatbot.id) in self._here.erased

    def puts(self) -> Iterable[PutChatbot]:
        for key, chatbot in self.taken.items():
            ours = self._here.chatbots.get(key)
            said = self._said(chatbot)
            if ours is None or ours.is_gone or ours.company_id != chatbot.company_id:
                before = None if ours is None or ours.company_id == chatbot.company_id else ours.company_id
                yield PutChatbot(key, chatbot.company_id, said, chatbot.timezone, before)
            elif differs := {name: value for name, value in said.items() if ours.said[name] != value}:
                yield PutChatbot(key, chatbot.company_id, differs, None)

    def _said(self, chatbot: ChatbotThere) -> dict[str, object]:
        decides = self._there.chatbot_fields
        said: dict[str, Any] = {name: getattr(chatbot, name) for name in decides}
        return {**said, "created_at": chatbot.created_at, "synced": " ".join(sorted(decides))}

    def to_read(self) -> Iterable[str]:
        for key, each in self.taken.items():
            ours = self._here.chatbots.get(key)
            if ours is None or ours.is_gone or ours.company_id != each.company_id:
                yield key

    def remarks(self) -> Iterable[str]:
        for key in sorted(self.refused)[:_LISTED]:
            yield (
                f"The source has a chatbot {key!r}, and so has its company here, of its own: that one stays "
                "as it is, and nothing of the source's is taken over. Delete it here, or give it another id."
            )
        for key, chatbot in sorted(self._staying.items())[:_LISTED]:
            now_at = self._here.chatbots[key].company_id
            yield (
                f"The chatbot {key!r} is back at the company {chatbot.company_id!r}, where what it was "
                f"before is still being erased: until that has ended it stays at {now_at!r}."
            )
        if self._homeless:
            is_are = _counted(self._homeless, "chatbot is", "chatbots are")
            yield f"{is_are} of no company that the source has, and left out."


def _left_out(there: AccountsThere) -> Iterable[str]:
    for reason, count in sorted(there.left_out.items()):
        yield f"{_counted(count, 'row is', 'rows are')} not as they should be: {reason}."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
