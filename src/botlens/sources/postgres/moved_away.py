"""Conversations that are at another chatbot by now: what is said of them where they were.

They are not deleted there, which would be final: they may come back. All that is in them is taken back by
itself, and their headers say nothing any more; whatever has a higher revision makes them what they were.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, Literal

from botlens.commit.source_commits import SourceCommits
from botlens.events.types import Conversation, Deletion, Event
from botlens.moments import EPOCH
from botlens.sources.postgres.sheets import Spot
from botlens.store.said_questions import NamesInConversations

_AT_ONCE: Final = 500


def taken_from(commits: SourceCommits, spots: Mapping[Spot, int]) -> Iterator[tuple[Spot, Event]]:
    """What takes conversations from where they were.

    Args:
        commits: have what counts there. All that was said of them there must be committed.
        spots: where they were, and at which revision they were moved: what is above stays, or is back.
    """
    by_company: dict[str, list[Spot]] = {}
    for spot in spots:
        by_company.setdefault(spot.company_id, []).append(spot)
    for company, of_company in by_company.items():
        remaining = iter(of_company)
        while some := list(islice(remaining, _AT_ONCE)):
            keys = [(each.chatbot_id, each.conversation) for each in some]
            names = commits.said(company, NamesInConversations(keys))
            for spot, key in zip(some, keys, strict=True):
                yield from ((spot, event) for event in _events(spot, *names[key], spots[spot]))


def _events(spot: Spot, messages: Collection[str], voted: Iterable[str], revision: int) -> Iterator[Event]:
    """The header comes first: whoever looks in between sees no more than there is."""
    yield Conversation(spot.chatbot_id, spot.conversation, revision=revision)
    yield _deletion(spot, "rating", None, revision)
    for name in messages:  # the votes on them go with them
        yield _deletion(spot, "message", name, revision)
    for name in voted:
        if name not in messages:
            yield _deletion(spot, "feedback", name, revision)


def _deletion(
    spot: Spot, of: Literal["message", "feedback", "rating"], name: str | None, revision: int
) -> Deletion:
    return Deletion(spot.chatbot_id, spot.conversation, of, EPOCH, name, revision)
