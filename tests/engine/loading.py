"""Events that are loaded as columns, counted, and what is in the store of them."""

from typing import Any

from botlens.commit.columns import LoadedRows
from tests.columns import by_type, columns_of
from tests.conftest import Tenant
from tests.events import answer, message, rating, vote

EQUAL = {"equal": True, "conversations": 2, "differences": []}
THREAD = [
    message("a", "1", "Why?", "2026-03-17T10:00:00Z", session_id="ann"),
    answer("a", "2", 0.1, "2026-03-17T10:00:01Z"),
    message("b", "1", "How?"),
    vote("a", "2", "negative", comment="Bad"),
    rating("a", 2),
]
METRICS = {"metrics": ["messages", "conversations"], "period": "all"}


def load(tenant: Tenant, *events: dict[str, Any]) -> list[LoadedRows]:
    commits = tenant.world.engine.commits
    return [commits.load(tenant.company.id, columns_of(each)) for each in by_type(events)]


def count(tenant: Tenant) -> int:
    return tenant.world.engine.commits.count_loaded(tenant.company.id)


def uncounted(tenant: Tenant) -> frozenset[str]:
    return tenant.world.engine.commits.uncounted(tenant.company.id)


def texts(tenant: Tenant) -> set[str]:
    rows = tenant.world.engine.store.maintain(
        "SELECT content FROM raw_events WHERE company_id = {company:String}", {"company": tenant.company.id}
    )
    return {row[0] for row in rows} - {""}
