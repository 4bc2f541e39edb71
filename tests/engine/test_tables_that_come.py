"""Tables of facts that other definitions made after a node began: it hears of them before it writes."""

from unittest.mock import patch

import pytest

from botlens.store import upgrades
from botlens.store.failures import StoreError
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import eventually
from tests.engine.definitions import NAMES, NEW, TwoVersions
from tests.engine.test_two_definitions import company, hand_over
from tests.events import deletion, message
from tests.properties.companies import send

__all__ = ["company"]


def test_a_node_that_began_before_a_table_was_made(versions: TwoVersions, company: Company) -> None:
    """It has the slot back from another one of its version, with nothing to do, and so asks for nothing."""
    ann = versions.ann
    send(ann, company, [message("d", "2", "a secret", at="2026-03-17T10:00:00Z")])
    hand_over(company, ann, versions.eve, versions.ben, ann)
    assert ann.stores[0].facts.beside == ()
    assert {each.conversation_id for each in versions.facts(NEW, company)} == {"a", "d"}
    send(ann, company, [message("d", "1", at="2026-03-16T10:00:00Z")])
    ann.commits.flush()
    assert {each.conversation_id for each in versions.facts(NEW, company)} == {"a"}


def test_a_shard_that_does_not_say_which_tables_there_are_is_asked_again(
    versions: TwoVersions, company: Company
) -> None:
    """What is written would else not be vacated in a table that came meanwhile."""
    store = versions.ann.stores[0]
    store.facts.unsure = True
    with patch.object(upgrades, "_found", side_effect=StoreError), pytest.raises(StoreError):
        upgrades.look_for_others(store)
    assert store.facts.unsure
    upgrades.look_for_others(store)
    assert not store.facts.unsure
    assert store.facts.beside == (NAMES[NEW],)


def test_what_is_deleted_goes_from_a_table_that_came_later(versions: TwoVersions, company: Company) -> None:
    ann = versions.ann
    send(ann, company, [message("d", "2", "a secret")])
    hand_over(company, ann, versions.eve, versions.ben, ann)
    send(ann, company, [deletion("d", "conversation")])
    ann.commits.flush()
    statement = f"SELECT count() FROM {NAMES[NEW]} WHERE has(questions, 'a secret')"
    eventually(lambda: ann.stores[0].maintain(statement)[0][0] == 0)
