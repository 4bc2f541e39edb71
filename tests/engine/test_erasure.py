"""A chatbot or company that is deleted is gone from every answer at once, and soon from the disk."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from botlens.database import erasure as rows_of_accounts
from botlens.database.base import Base
from botlens.errors import OverloadedError
from botlens.events.record import MESSAGE, USER, Record
from botlens.gaps.life_cycle import tables as _gaps  # noqa: F401 - its tables are among those of `Base`
from botlens.jobs import tables as _jobs  # noqa: F401 - likewise
from botlens.sources.postgres import tables as _followed  # noqa: F401 - likewise
from botlens.store.erasure import OF_NO_COMPANY, WholeErasure
from botlens.store.schema import TABLES
from botlens.store.writer import WRITERS
from botlens.tenants.accounts import Accounts
from tests import nursery
from tests.conftest import Tenant
from tests.engine.behind import rows
from tests.engine.erasure_process import DEATH, POINTS
from tests.events import answer, message, rating, vote

PATIENCE = 60.0
THREAD = [
    message("c", "1", "Secret?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
    vote("c", "2"),
    rating("c", 5),
]


def of(chatbot_id: str, *events: dict[str, Any]) -> list[dict[str, Any]]:
    return [event | {"chatbot_id": chatbot_id} for event in events]


def delete(tenant: Tenant, chatbot_id: str) -> int:
    path = f"/v1/chatbots/{chatbot_id}"
    return tenant.world.client.delete(path, headers=tenant.headers).status_code


def erased(tenant: Tenant) -> None:
    assert tenant.world.engine.jobs.finish("erasure", PATIENCE)


def test_unknown_at_once(new_tenant: Callable[..., Tenant]) -> None:
    """No number, list, transcript or export has it, its events are refused; the rest is as it was."""
    tenant, other = new_tenant(chatbots=("bot", "shop")), new_tenant()
    tenant.send(*of("bot", *THREAD), *of("shop", message("d", "1", "Why?")))
    other.send(*THREAD)
    theirs = other.overview()
    assert tenant.overview()["total_conversations"] == 2
    assert delete(tenant, "bot") == 202
    assert [each["chatbot_id"] for each in tenant.get("/v1/chatbots")["chatbots"]] == ["shop"]
    assert tenant.status("/analytics/chatbot/bot") == (404, "unknown_chatbot")
    overview = tenant.overview()
    assert (overview["total_chatbots"], overview["total_conversations"], overview["unique_sessions"]) == (
        1,
        1,
        0,
    )
    assert tenant.get("/v1/conversations", period="all")["total"] == 1
    assert tenant.status("/v1/conversations/c") == (404, "unknown_conversation")
    exported = tenant.world.client.get(
        "/v1/export", params={"period": "all", "data": "messages"}, headers=tenant.headers
    ).text
    assert ("Secret?" in exported, "Why?" in exported) == (False, True)
    sent = tenant.post(json.dumps({"events": THREAD}).encode()).json()
    assert [each["code"] for each in sent["rejected"]] == ["unknown_chatbot"] * 4
    erased(tenant)
    assert other.overview() == theirs
    for each in (tenant, other):
        assert each.verified()["equal"]


def test_created_anew_it_is_empty(tenant: Tenant) -> None:
    """Not before it is erased, and then without a trace, also of what was in memory."""
    engine, company_id = tenant.world.engine, tenant.company.id
    tenant.send(*THREAD)
    assert tenant.chatbot()["total_conversations"] == 1  # its numbers and states are in memory
    engine.accounts.delete_chatbot(company_id, "bot")
    with pytest.raises(OverloadedError, match="is being erased"):
        engine.chatbots.put(company_id, "bot")
    assert delete(tenant, "bot") == 202  # again, while it is being erased
    erased(tenant)
    tenant.put("bot")
    assert tenant.chatbot()["total_messages"] == 0
    tenant.send(message("c", "9", "Again?", "2026-03-18T10:00:00Z"))
    found = tenant.chatbot()
    assert (found["total_conversations"], found["total_messages"], found["total_ratings"]) == (1, 1, 0)
    assert tenant.verified() == {"equal": True, "conversations": 1, "differences": []}


def test_what_was_read_before_is_of_another_state(new_tenant: Callable[..., Tenant]) -> None:
    """Who keeps what was read by the stamp of its reader does not take it for what is there afterwards."""
    tenant, other = new_tenant(), new_tenant()
    snapshots = tenant.world.engine.commits.snapshots

    def stamps() -> list[int | None]:
        return [snapshots.read(each.company.id, lambda reader: reader.stamp) for each in (tenant, other)]

    tenant.send(*THREAD)
    mine, theirs = stamps()
    assert stamps() == [mine, theirs]
    delete(tenant, "bot")
    erased(tenant)
    now, still = stamps()
    assert (now != mine, still) == (True, theirs)


def test_what_was_on_its_way_comes_to_nothing(tenant: Tenant) -> None:
    """Events that were taken in while the chatbot existed and are committed after its end leave no trace."""
    engine, company_id = tenant.world.engine, tenant.company.id
    tenant.send(*THREAD)
    assert delete(tenant, "bot") == 202
    erased(tenant)
    late = Record("bot", "c", MESSAGE, "7", 0, 0, 1_773_828_000_000_000, role=USER, content="Late?")
    engine.commits.submit(company_id, [late]).result()
    engine.commits.flush()
    assert WholeErasure(engine.store, company_id, "bot").remaining() == {}
    tenant.put("bot")
    assert tenant.chatbot()["total_conversations"] == 0


def keep_of_the_page(tenant: Tenant, chatbot: str | None) -> None:
    """A marker, a saved view, an embed link and a token, of one bot; and a marker of the whole company."""
    accounts, company_id = tenant.world.engine.accounts, tenant.company.id
    owner = accounts.caller_by_user(tenant.company.owner)
    for each in (chatbot, None):
        accounts.add_marker(company_id, "Release", tenant.world.now, who="local", chatbot_id=each)
    accounts.add_view(company_id, "Mine", "p=30d", by=owner, chatbot_id=chatbot)
    link, _ = accounts.create_embed_link(company_id, chatbot or "", who="local", name="n", parts=["cards"])
    accounts.create_embed_token(company_id, link.id)


def test_what_people_keep_of_a_chatbot(new_tenant: Callable[..., Tenant]) -> None:
    """Goes with it; what is of another bot or of the whole company stays."""
    tenant = new_tenant(chatbots=("bot", "shop"))
    keep_of_the_page(tenant, "bot")
    keep_of_the_page(tenant, "shop")
    assert delete(tenant, "bot") == 202
    accounts, company_id = tenant.world.engine.accounts, tenant.company.id
    owner = accounts.caller_by_user(tenant.company.owner)
    assert sorted(str(each.chatbot_id) for each in accounts.markers(company_id)) == ["None", "None", "shop"]
    assert [each.chatbot_id for each in accounts.views(company_id, owner)] == ["shop"]
    assert [each.chatbot_id for each in accounts.embed_links(company_id)] == ["shop"]
    with accounts.database.reading() as session:
        tokens = Base.metadata.tables["embed_tokens"]
        own = tokens.select().where(tokens.columns.company_id == company_id)
        assert [row.chatbot_id for row in session.execute(own)] == ["shop"]


def test_a_company(new_tenant: Callable[..., Tenant]) -> None:
    """All that belongs to it goes, in both databases; of another nothing changes."""
    tenant, other = new_tenant(owner="ann", chatbots=("bot", "shop")), new_tenant(owner="bob")
    engine, accounts = tenant.world.engine, tenant.world.engine.accounts
    accounts.add_member(tenant.company.id, "carl")
    accounts.set_plan(tenant.company.id, "starter")
    keep_of_the_page(tenant, "bot")
    tenant.send(*of("bot", *THREAD), *of("shop", *THREAD))
    other.send(*THREAD)
    theirs = other.overview()
    assert engine.deletions.company(tenant.company.id, wait=PATIENCE)
    answer = tenant.world.client.get("/v1/chatbots", headers=tenant.headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_key")
    assert accounts.company_of_user("ann") is None
    assert accounts.company_of_user("carl") is None
    assert WholeErasure(engine.store, tenant.company.id, None).remaining() == {}
    with accounts.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            columns = [each for each in ("company_id",) if each in table.columns]
            for column in columns:
                own = table.select().where(table.columns[column] == tenant.company.id)
                assert session.execute(own).all() == [], table.name
    assert other.overview() == theirs
    again = accounts.create_company("Anew", owner="ann", plan="pro", company_id=tenant.company.id)
    assert accounts.chatbots(again.id) == []


def test_every_table_says_whose_it_is(tenant: Tenant) -> None:
    """A room that declares a table must say how it is erased, or why nothing in it is a company's."""
    assert rows_of_accounts.undeclared() == []
    for table in (*TABLES, WRITERS):
        columns = {column.name for column in table.columns}
        assert (table.name in OF_NO_COMPANY) != ({"company_id", "chatbot_id"} <= columns), table.name
        assert table.comment.startswith("botlens: "), table.name  # what tells it from other people's tables
    own = [row[0] for row in tenant.world.engine.store.maintain("SHOW TABLES")]
    assert set(own) <= {table.name for table in (*TABLES, WRITERS)}


def test_tables_of_others_are_not_touched(tenant: Tenant) -> None:
    """A database may hold tables that are not ours, with a column of the same name."""
    store = tenant.world.engine.store
    store.maintain("CREATE TABLE foreign_orders (company_id String, chatbot_id String) ENGINE = Memory")
    try:
        store.maintain(
            "INSERT INTO foreign_orders SELECT {company:String}, 'bot'", {"company": tenant.company.id}
        )
        assert delete(tenant, "bot") == 202
        erased(tenant)
        assert store.maintain("SELECT count() FROM foreign_orders") == [(1,)]
    finally:
        store.maintain("DROP TABLE foreign_orders")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return nursery.run("tests.engine.erasure_process", str(folder), *arguments)


CASES = [("chatbot", point) for point in POINTS] + [("company", "after the store was told")]


@pytest.mark.parametrize(("what", "point"), CASES)
def test_death_on_the_way(tmp_path: Path, what: str, point: str) -> None:
    """Wherever the process dies, the next one erases the rest, whatever the journal still holds."""
    died = run(tmp_path, what, point)
    assert died.returncode == DEATH, died.stderr
    ended = run(tmp_path, "end")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    others = [["one", "shop"], ["two", "bot"], ["two", "shop"]]
    left = others if what == "chatbot" else others[1:]
    assert (found["done"], found["left"], set(found["equal"])) == (True, [], {True})
    assert [row[:2] for row in found["rows"]] == left
    assert found["facts"] == left
    messages = {name: each["total_messages"] for name, each in found["companies"].items()}
    assert messages == ({"one": 2, "two": 4} if what == "chatbot" else {"two": 4})


def test_rows_of_accounts_on_both_databases(accounts: Accounts, accounts_url: str) -> None:
    """What belongs to a chatbot or a company goes in one transaction; ids that were never there are told."""
    for company_id in ("one", "two"):
        accounts.create_company("C", owner=company_id, company_id=company_id)
        accounts.add_member(company_id, "carl")
        accounts.create_key(company_id)
        accounts.put_chatbot(company_id, "bot")
        accounts.put_chatbot(company_id, "shop")
    accounts.delete_chatbot("one", "bot")
    assert [each.id for each in accounts.chatbots("one")] == ["shop"]
    with pytest.raises(OverloadedError):
        accounts.put_chatbot("one", "bot")
    accounts.delete_company("one")
    with pytest.raises(OverloadedError):
        accounts.create_company("C", owner="one", company_id="one")
    for table in ("members", "subscriptions", "chatbots", "api_keys"):
        found = rows(accounts_url, f"SELECT DISTINCT company_id FROM {{t}}{table}")
        assert found == [("two",)], table
    for each in accounts.erasures():
        accounts.finish_erasure(each)
    assert accounts.erasures() == []
    assert accounts.create_company("C", owner="one", company_id="one").id == "one"
    assert len(accounts.chatbots("two")) == 2


def test_it_says_what_does_not_go(tenant: Tenant) -> None:
    """A store that cannot rewrite its files is told of, and the erasure goes on when it can."""
    engine = tenant.world.engine
    tenant.send(*THREAD)
    refusing = pytest.MonkeyPatch()
    refusing.setattr(WholeErasure, "begin", _refuse)
    try:
        assert delete(tenant, "bot") == 202
        until = time.monotonic() + PATIENCE
        while (state := engine.jobs.states()[0]).failures == 0:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert state.error == "The disk is full."
    finally:
        refusing.undo()
    erased(tenant)
    assert WholeErasure(engine.store, tenant.company.id, "bot").remaining() == {}


def test_one_that_does_not_go_stops_no_other(new_tenant: Callable[..., Tenant]) -> None:
    """What was deleted later is erased all the same, of whichever company."""
    tenant, other = new_tenant(), new_tenant()
    engine = tenant.world.engine
    begin = WholeErasure.begin

    def begun(rows: WholeErasure) -> None:
        if rows._parameters["company_id"] == tenant.company.id:
            raise OverloadedError("These files cannot be rewritten.")
        begin(rows)

    for each in (tenant, other):
        each.send(*THREAD)
    engine.commits.flush()
    with pytest.MonkeyPatch.context() as refusing:
        refusing.setattr(WholeErasure, "begin", begun)
        for each in (tenant, other):
            assert delete(each, "bot") == 202
        until = time.monotonic() + PATIENCE
        while WholeErasure(engine.store, other.company.id, "bot").remaining():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert WholeErasure(engine.store, tenant.company.id, "bot").remaining()
    erased(tenant)
    assert WholeErasure(engine.store, tenant.company.id, "bot").remaining() == {}


def test_companies_take_turns(new_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    """Who deletes one chatbot while those of another company are being erased waits for one of them."""
    tenant, other = new_tenant(chatbots=("a", "b", "c")), new_tenant()
    engine = tenant.world.engine
    erased(tenant)  # what tests before have left
    erase = type(engine.commits).erase
    order: list[str | None] = []

    def noted(commits: Any, company_id: str, chatbot_id: str | None, wait: Any) -> None:
        order.append(chatbot_id)
        if len(order) == 1:
            engine.accounts.delete_chatbot(other.company.id, "bot")
        erase(commits, company_id, chatbot_id, wait)

    monkeypatch.setattr(type(engine.commits), "erase", noted)
    for chatbot_id in ("a", "b", "c"):
        engine.accounts.delete_chatbot(tenant.company.id, chatbot_id)
    erased(tenant)
    assert order == ["a", "bot", "b", "c"]
    assert engine.accounts.erasures() == []


def _refuse(_: WholeErasure) -> None:
    raise OverloadedError("The disk is full.")
