"""What lies at the shard where a slot goes and is not where it comes from: it was erased there, and goes."""

from botlens.store.connection import ClickHouse
from botlens.tenants.values import Company
from tests.engine.moving_slots import TALK, Cluster, cluster, company, shards, with_gaps
from tests.properties.companies import send

__all__ = ["cluster", "company", "shards"]


def removals(store: ClickHouse, company: Company, table: str = "") -> list[str]:
    """The statements that removed something of a company, as the store keeps them."""
    rows = store.maintain(
        "SELECT command FROM system.mutations WHERE database = currentDatabase() "
        "AND position(command, {company_id:String}) > 0 AND startsWith(table, {table:String})",
        {"company_id": company.id, "table": table},
    )
    return [row[0] for row in rows]


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
