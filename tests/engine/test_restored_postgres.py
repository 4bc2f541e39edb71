"""A PostgreSQL of a cluster that came back from a backup, while the shards had gone on."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from botlens.cluster.restored import rise_above_what_lies_there
from botlens.cluster.slots import FIRST_EPOCH, slot_of
from botlens.store.numbering import highest_numbers
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import Node
from tests.engine.owners import Pair, company, pair
from tests.events import answer, message
from tests.properties.companies import send, verified

__all__ = ["company", "pair"]


def run(node: Node, statement: str, company: Company, **also: Any) -> Any:
    """Of the slot of a company."""
    return node.commits._moving_slots.run(statement, {"slot": slot_of(company.id), **also})


def epoch_of(node: Node, company: Company) -> int:
    return int(run(node, "SELECT epoch FROM botlens.slots WHERE slot = %(slot)s", company)[0][0])


def ours(logs: list[Any]) -> list[Any]:
    """What is said of a PostgreSQL that was restored; other threads of this process may log besides."""
    return [each for each in logs if each["event"] in ("epochs_raised", "slots_lie_elsewhere")]


@pytest.mark.parametrize("heeds", [True, False])
def test_what_comes_next_is_above_all_that_lies_there(pair: Pair, company: Company, *, heeds: bool) -> None:
    """Else facts of an owner that PostgreSQL has forgotten win, and what is sent now is counted by nobody."""
    ann, ben = pair
    send(ann, company, [message("a", "1")])
    before = epoch_of(ann, company)
    for now, next_one in ((ann, ben), (ben, ann), (ann, ben)):
        now.let_go(company.id)
        next_one.take(company.id)
    send(ben, company, [message("a", "2")])
    ben.let_go(company.id)
    run(ann, "UPDATE botlens.slots SET epoch = %(epoch)s WHERE slot = %(slot)s", company, epoch=before)
    statements, store = ann.commits._moving_slots, ann.room._store

    def bots() -> list[tuple[str, str]]:
        return [(company.id, "bot")]

    if heeds:
        for _ in range(2):  # several nodes do it, one after the other
            rise_above_what_lies_there(statements, 0, {company.id: highest_numbers(store)[company.id]}, bots)
    ann.take(company.id)
    send(ann, company, [answer("a", "3", 0.9)])
    ann.commits.flush()
    assert verified(ann, company) == heeds


def test_facts_heed_what_is_known_now(pair: Pair, company: Company) -> None:
    """A threshold that was set after the backup is nobody's any more, but facts heeded it."""
    ann, _ = pair
    send(ann, company, [message("a", "1"), answer("a", "2", 0.3)])
    epoch = epoch_of(ann, company)
    ann.let_go(company.id)
    ann.take(company.id)
    ann.chatbots.put(company.id, "bot", confidence_threshold=0.5)
    ann.commits.flush()
    ann.let_go(company.id)
    ann.accounts.put_chatbot(company.id, "bot", confidence_threshold=0.2)  # past all that counts anew
    run(ann, "UPDATE botlens.slots SET epoch = %(epoch)s WHERE slot = %(slot)s", company, epoch=epoch - 1)
    highest = {company.id: highest_numbers(ann.room._store)[company.id]}
    rise_above_what_lies_there(ann.commits._moving_slots, 0, highest, lambda: [(company.id, "bot")])
    ann.take(company.id)
    assert verified(ann, company)
    assert ann.room._rebuilds.unfinished_of([slot_of(company.id)]) == []


def test_nothing_changes_where_postgres_knows_all(pair: Pair, company: Company) -> None:
    """Also the owner of a slot goes on."""
    ann, _ = pair
    send(ann, company, [message("a", "1")])
    ann.commits.flush()
    before = epoch_of(ann, company)
    highest = highest_numbers(ann.room._store)[company.id]
    with capture_logs() as logs:
        rise_above_what_lies_there(ann.commits._moving_slots, 0, {company.id: highest}, list)
    assert (epoch_of(ann, company), ours(logs)) == (before, [])
    assert before >= FIRST_EPOCH
    send(ann, company, [message("a", "2")])


def test_slots_that_lie_elsewhere_are_told(pair: Pair, company: Company) -> None:
    """They were moved since, or are on their way, or something is left of them: only the first is a fault."""
    ann, _ = pair
    statements = ann.commits._moving_slots
    with capture_logs() as logs:
        rise_above_what_lies_there(statements, 1, {company.id: 0}, list)
    (said,) = ours(logs)
    assert (said["event"], said["lies_on"]) == ("slots_lie_elsewhere", 2)
    assert said["postgresql_says"] == {slot_of(company.id): "shard 1"}
    run(ann, "INSERT INTO botlens.slot_remains (slot, shard, since) VALUES (%(slot)s, 1, 0)", company)
    with capture_logs() as logs:
        rise_above_what_lies_there(statements, 1, {company.id: 0}, list)
    run(ann, "DELETE FROM botlens.slot_remains WHERE slot = %(slot)s", company)
    assert ours(logs) == []
