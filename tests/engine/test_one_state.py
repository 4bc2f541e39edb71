"""The statements of one answer read one state of the store, whatever is written between them."""

from threading import Lock, Thread
from typing import Any

import pytest

from botlens.answers import numbers
from botlens.store.numbers import load_numbers
from botlens.store.reading import CompanyReader, facts
from tests.conftest import Tenant
from tests.events import message

WAITED_FOR = 0.5  # seconds: a flush that has to wait for the answer is not waited for
PATIENCE = 60.0  # seconds: one that need not is, however busy the machine is


def ask(conversation: int) -> dict[str, Any]:
    """A question of its own, a minute after the one before."""
    return message(
        f"c{conversation}", "1", f"question {conversation}", f"2026-03-18T10:{conversation:02}:00Z"
    )


@pytest.fixture
def busy(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, times: int) -> Tenant:
    """A tenant whose next question comes, and is written, after a first statement: so many times."""
    store, commits = tenant.world.engine.store, tenant.world.engine.commits
    read = store.rows
    left, one_at_a_time = list(range(1, times + 1)), Lock()

    def read_and_write(*arguments: Any, **more: Any) -> Any:
        found = read(*arguments, **more)
        with one_at_a_time:  # statements of one answer run side by side
            write_next()
        return found

    def write_next() -> None:
        if left:
            monkeypatch.setattr(store, "rows", read)  # what is sent reads the store, too
            tenant.send(ask(left.pop(0)))
            flush = Thread(target=commits.flush)
            flush.start()
            # An answer is read again once before it keeps who writes waiting.
            flush.join(PATIENCE if times == 1 else WAITED_FOR)
            monkeypatch.setattr(store, "rows", read_and_write)

    tenant.send(ask(0))
    commits.flush()
    monkeypatch.setattr(store, "rows", read_and_write)
    return tenant


@pytest.mark.parametrize("times", [0, 1, 20])
@pytest.mark.parametrize("period", ["30d", "all"])
def test_an_answer_of_several_statements(busy: Tenant, period: str) -> None:
    """Its rows and what is said around them know of the same questions, even if the store never rests."""
    found = busy.query({"metrics": "questions", "dimensions": "question", "limit": 10, "period": period})
    newest = max(int(row["question"].removeprefix("question ")) for row in found["rows"])
    assert found["meta"]["freshness"] == f"2026-03-18T10:{newest:02}:00.000000Z"
    assert found["meta"]["rows_total"] == newest + 1


@pytest.mark.parametrize("times", [0, 1, 20])
def test_a_batch(busy: Tenant) -> None:
    """All its answers know of the same questions, read together or one by one."""
    day = {"period": {"from": "2026-03-18", "to": "2026-03-18"}}
    asked = {
        "list": {"metrics": ["questions"], "dimensions": ["question"], "limit": 50, **day},
        "chart": {"metrics": ["questions"], "dimensions": ["day"], "totals": True, **day},
        "compared": {"metrics": ["questions"], "compare": day["period"], **day},
        "cohorts": {"metrics": ["retained_sessions"], "dimensions": ["cohort_week", "weeks_later"]},
        "ever": {"metrics": ["questions"], "period": "all"},
    }
    client = busy.world.client
    found = client.post("/v1/queries", json=asked, headers=busy.headers).json()["answers"]
    counts = [
        len(found["list"]["rows"]),
        found["list"]["meta"]["rows_total"],
        found["chart"]["rows"][0]["questions"],
        found["chart"]["totals"]["row"]["questions"],
        found["compared"]["rows"][0]["questions"],
        found["compared"]["compare"]["rows"][0]["questions"],
        found["ever"]["rows"][0]["questions"],
    ]
    assert len(set(counts)) == 1, counts


@pytest.mark.parametrize("times", [1])
def test_a_period_and_the_one_before_it(busy: Tenant) -> None:
    """A comparison with the same days: both sides count the same conversations."""
    days = {"from": "2026-03-18", "to": "2026-03-18"}
    found = busy.query({"metrics": "questions", "period": days, "compare": days})
    assert found["rows"] == found["compare"]["rows"]


def test_parts_that_do_not_fit_together(tenant: Tenant) -> None:
    """What cannot be put together since something was written in between is read again."""
    engine, asked = tenant.world.engine, 0

    def put_together(_: CompanyReader) -> int:
        nonlocal asked
        asked += 1
        if asked == 1:
            tenant.send(ask(0))
            engine.commits.flush()
            raise KeyError("a row that the other statement has not")
        return asked

    assert engine.commits.snapshots.read(tenant.company.id, put_together) == 2


def test_an_error_that_nothing_explains(tenant: Tenant) -> None:
    """Where nothing was written meanwhile, an error is one."""

    def fail(_: CompanyReader) -> None:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        tenant.world.engine.commits.snapshots.read(tenant.company.id, fail)


@pytest.mark.parametrize(("at_once", "in_parts"), [(1, True), (2, False)])
def test_facts_that_are_written_in_parts_are_said_to_be_made_anew(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, at_once: int, in_parts: bool
) -> None:
    """Who read meanwhile may know those of a higher version, and not yet others of a lower one."""
    monkeypatch.setattr("botlens.commit.room.pending._FACTS_AT_ONCE", at_once)
    commits, company_id = tenant.world.engine.commits, tenant.company.id

    def rewrites() -> int | None:
        found: int | None = commits.snapshots.read(company_id, lambda reader: reader.rewrites)
        return found

    commits.flush()  # what other tests have sent would be written with it
    before = rewrites()
    tenant.send(ask(0), ask(1))
    commits.flush()
    assert (rewrites() != before) == in_parts


@pytest.mark.parametrize("times", [1])
@pytest.mark.parametrize("recalled", [True, False])
def test_a_statement_beside_what_is_remembered(busy: Tenant, recalled: bool) -> None:
    """Both are of one state: what was written since is reason to ask again; a statement alone has none."""
    asked = list[int]()

    def ask_once(reader: CompanyReader) -> None:
        reader.has_recalled = recalled
        asked.append(len(reader.rows(f"SELECT 1 FROM {facts()}", {})))

    busy.world.engine.commits.snapshots.read(busy.company.id, ask_once)
    assert asked == ([1, 2] if recalled else [1])


@pytest.mark.parametrize("times", [0, 1, 20])
def test_an_overview_of_a_window(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """What was used of the plan heeds no window, and knows of the same questions as what does."""
    commits = tenant.world.engine.commits
    left = list(range(1, times + 1))

    def written_before(*arguments: Any, **more: Any) -> Any:
        if left:
            tenant.send(ask(left.pop(0)))
            flush = Thread(target=commits.flush)
            flush.start()
            flush.join(WAITED_FOR)
        return load_numbers(*arguments, **more)

    tenant.send(ask(0))
    assert tenant.overview()["conversations_used"] == 1
    monkeypatch.setattr(numbers, "load_numbers", written_before)
    found = tenant.overview(**{"from": "2026-03-18", "to": "2026-03-19"})
    assert found["total_conversations"] >= 1
    assert found["conversations_used"] == found["total_conversations"]


@pytest.mark.parametrize(
    ("zone", "start", "count"), [("UTC", "2026-03-18", 2), ("Africa/Monrovia", "1971-03-18", 3)]
)
def test_an_overview_of_a_window_while_a_chatbot_is_made_anew(
    tenant: Tenant, zone: str, start: str, count: int
) -> None:
    """No numbers are in memory meanwhile: both come from the store, of one state of it; even where a day
    begins at 44 minutes and 30 seconds, as it did in Liberia.
    """
    engine = tenant.world.engine
    tenant.send(ask(0), ask(1), message("old", "1", "before", "2026-03-02T10:00:00Z"))
    with engine.commits._live.suspended((tenant.company.id, "bot")):
        found = tenant.overview(**{"from": start, "to": "2026-03-19", "tz": zone})
    assert (found["total_conversations"], found["conversations_used"]) == (count, 3)
