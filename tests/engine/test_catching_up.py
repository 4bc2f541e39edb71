"""What a node derives of a slot that another definition kept: bounded, and in its own table alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botlens.commit.cluster import slot_derivation
from botlens.metrics.facts import Facts, derive
from botlens.moments import DAY
from botlens.store.pool import Lane, Pool
from botlens.store.raw_events import conversations_since
from botlens.store.reading import CompanyReader
from botlens.tenants.values import Company
from tests.engine.definitions import NEW, OLD, TwoVersions
from tests.engine.test_two_definitions import company, hand_over, talk, unanswered
from tests.events import message
from tests.properties.companies import send, verified

__all__ = ["company"]


def a_day_later(*arguments: Any) -> Facts:
    """As a definition might have it by which conversations begin on another day."""
    facts = derive(*arguments)
    facts.started_at += DAY
    return facts


def test_where_definitions_differ_in_days(versions: TwoVersions, company: Company) -> None:
    """What the new one makes of a conversation moves it in its own table, not in that of the old one."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    send(ann, company, [message("a", "3")])
    with patch.object(slot_derivation, "derive", a_day_later):
        hand_over(company, ann, eve)
    (old,), (new,) = versions.facts(OLD, company), versions.facts(NEW, company)
    assert new.day == old.day + 1
    hand_over(company, eve, ann)
    assert verified(ann, company)


def test_of_many_conversations_none_is_in_memory(versions: TwoVersions, company: Company) -> None:
    """Chatbots of which more came than is derived one by one are counted by the store."""
    send(versions.ann, company, [*talk("b"), *talk("c")])
    versions.ann.commits.flush()
    reader = CompanyReader(versions.ann.stores[0], company.id)
    assert conversations_since(reader, 0, 3) == ([("bot", "a"), ("bot", "b"), ("bot", "c")], [])
    assert conversations_since(reader, 0, 2) == ([], ["bot"])


@contextmanager
def no_room_for_questions() -> Iterator[None]:
    """All connections of those who ask are taken, for long."""
    borrowed = Pool.borrowed

    def refusing(self: Pool, lane: Lane, *arguments: Any) -> Any:
        assert lane is not Lane.READ
        return borrowed(self, lane, *arguments)

    with patch.object(Pool, "borrowed", refusing):
        yield


def test_questions_keep_no_slot_closed(versions: TwoVersions, company: Company) -> None:
    """Whoever asks long questions of other companies keeps no slot from being caught up with."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    send(ann, company, talk("b"))
    ann.let_go(company.id)
    with no_room_for_questions():
        eve.take(company.id)
    assert unanswered(eve, company) == 2
