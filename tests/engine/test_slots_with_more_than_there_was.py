"""What lies at the shard where a slot goes and is not where it comes from: it was erased there, and goes."""

from unittest.mock import patch

from botlens.store import carrying
from botlens.store.carrying import CompanyCarrier
from botlens.store.connection import ClickHouse
from botlens.store.failures import StoreError
from botlens.store.held_rows import figures_of
from botlens.tenants.values import Company
from tests.engine.moving_slots import TALK, Cluster, cluster, company, no_wait, shards, with_gaps
from tests.engine.owners import count
from tests.properties.companies import send, verified

__all__ = ["cluster", "company", "shards"]


def removals(store: ClickHouse, company: Company, table: str = "") -> list[str]:
    """The statements that removed something of a company, as the store keeps them."""
    rows = store.maintain(
        "SELECT command FROM system.mutations WHERE database = currentDatabase() "
        "AND position(command, {company_id:String}) > 0 AND startsWith(table, {table:String})",
        {"company_id": company.id, "table": table},
    )
    return [row[0] for row in rows]


def test_a_chatbot_that_is_there_no_more_goes_by_one_statement(cluster: Cluster, company: Company) -> None:
    """However many rows it had: each statement rewrites files, and a server takes so many at a time."""
    cluster.ann.accounts.put_chatbot(company.id, "other", name="Other")
    send(cluster.ann, company, TALK)
    send(cluster.ann, company, [each | {"chatbot_id": "other"} for each in TALK])
    cluster.ann.commits.flush()
    store = cluster.stores[cluster.begin(company)]
    with patch.object(CompanyCarrier, "bring_newer", side_effect=StoreError()):
        cluster.mover(cluster.ann).work(no_wait)
    cluster.ann.accounts.delete_chatbot(company.id, "other")
    cluster.ann.commits.erase(company.id, "other", no_wait)
    with patch.object(carrying, "_REMOVED_AT_ONCE", 1):
        cluster.mover(cluster.ann).work(no_wait)
    cluster.opened(company)
    assert cluster.stores[cluster.shard_of(company)] is store
    assert {each.chatbot_id for each in figures_of(store, company.id)} == {"bot"}
    assert len(removals(store, company, "raw_events")) == 1
    assert count(cluster.ann, company) == 2
    assert verified(cluster.ann, company)


def test_words_of_questions_are_in_no_statement(cluster: Cluster, company: Company) -> None:
    """Files of removals stay for a while: a question that was forgotten would stand in them."""
    send(cluster.ann, company, TALK)
    cluster.ann.commits.flush()
    store = cluster.stores[1 - cluster.shard_of(company)]
    with_gaps(cluster.stores[cluster.shard_of(company)], company)
    with_gaps(store, company, question="my secret")
    cluster.move(company)
    assert not store.maintain(
        "SELECT 1 FROM gap_members WHERE company_id = {company_id:String} AND question = 'my secret'",
        {"company_id": company.id},
    )
    assert removals(store, company, "gap_members")
    assert not [each for each in removals(store, company) if "my secret" in each]
