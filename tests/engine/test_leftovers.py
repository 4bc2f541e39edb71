"""What was deleted, and a zombie writes once more: it is erased again."""

from datetime import UTC, datetime
from threading import Event

from botlens.jobs.job import Progress
from botlens.tenants.values import Company
from botlens.upkeep.leftovers import leftovers_job
from tests.engine.cluster_nodes import Node, eventually
from tests.engine.owners import Pair, company, pair
from tests.events import answer, deletion, message, vote
from tests.properties.companies import send, verified

__all__ = ["company", "pair"]


def texts(node: Node, company: Company) -> list[str]:
    """All that lies in the store of what was said."""
    own = "company_id = {company_id:String} AND content != ''"
    statement = f"SELECT DISTINCT content FROM raw_events WHERE {own} ORDER BY 1"
    return [row[0] for row in node.room._store.maintain(statement, {"company_id": company.id})]


def run(node: Node, company: Company, *, is_new: bool = True) -> None:
    job = leftovers_job(node.accounts, lambda _: node.room._store, lambda each: is_new and each == company.id)
    job.run(datetime.now(UTC), Progress(Event()))


def test_what_a_zombie_writes_of_what_was_deleted(pair: Pair, company: Company) -> None:
    """A conversation, messages and a comment; what was not deleted stays, and so do numbers."""
    ann, ben = pair
    said = [message("gone", "1", "secret one"), message("stays", "1", "hello"), answer("stays", "2", 0.9)]
    said += [message("stays", "3", "secret two"), vote("stays", "2", comment="secret three")]
    said += [message("stays", "4", "secret four"), message("stays", "4", "said anew", revision=2)]
    send(ann, company, said)
    ann.expire(company.id)
    ben.take(company.id)
    deleted = [
        deletion("gone", "conversation"),
        deletion("stays", "message", "3"),
        deletion("stays", "feedback", "2"),
    ]
    send(ben, company, [*deleted, deletion("stays", "message", "4", revision=1)])
    ben.commits.flush()
    kept = sorted([answer("stays", "2", 0.9)["content"], "hello", "said anew"])
    eventually(lambda: texts(ben, company) == kept)
    ann.flush_quietly()
    assert "secret one" in texts(ben, company)
    run(ben, company, is_new=False)
    assert "secret one" in texts(ben, company)
    run(ben, company)
    eventually(lambda: texts(ben, company) == kept)
    assert verified(ben, company)
    run(ben, company)  # nothing is left to do
    assert texts(ben, company) == kept
    assert ben.commits.got_lately(company.id)
    assert not ann.commits.got_lately("nobody")
