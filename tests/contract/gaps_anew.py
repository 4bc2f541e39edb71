"""Pages of gaps as whoever keeps nothing reads them."""

from typing import Any

import msgspec

from botlens.api.desk import to_the_minute
from botlens.gaps.kept.admission import GapAdmissions
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.reading.gaps import Gaps
from tests.conftest import Tenant

PAGES: tuple[dict[str, str], ...] = (
    {},
    {"chatbot_id": "bot", "period": "all"},
    {"chatbot_id": "shop"},
    {"from": "2026-03-17", "to": "2026-03-17"},
    {"order": "newest", "state": "open,fixed,verified,reopened,dismissed"},
    {"order": "rising", "signal": "low_score"},
    {"order": "sessions", "q": "gift", "tz": "Asia/Tokyo"},
)


def read_anew(tenant: Tenant) -> tuple[Gaps, Any]:
    """What reads gaps and has kept nothing so far, and the scope to read in."""
    engine = tenant.world.engine
    cycle = GapLifeCycle(engine.accounts.database, engine.accounts.clock)
    company = engine.accounts.company(tenant.company.id)
    assert company is not None
    return (
        Gaps(engine.commits, cycle, GapAdmissions()),
        engine.answers.scope(company, to_the_minute(tenant.world.now)),
    )


def plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def same_as_anew(
    tenant: Tenant, asked: tuple[dict[str, str], ...] = PAGES, full: int | None = None
) -> list[Any]:
    """Pages, and their gaps (or so many) in full, as read over HTTP twice, and anew; returns the pages."""
    has_shop = "shop" in {each["chatbot_id"] for each in tenant.get("/v1/chatbots")["chatbots"]}
    pages = []
    for given in asked:
        if has_shop or given.get("chatbot_id") != "shop":
            gaps, scope = read_anew(tenant)
            expected = plain(gaps.page(scope, given, sees_all=True))
            for _ in range(2):
                assert tenant.get("/v1/gaps", **given) == expected, given
            pages.append(expected)
    for each in sorted({gap["id"] for page in pages for gap in page["gaps"]})[:full]:
        gaps, scope = read_anew(tenant)
        expected = plain(gaps.gap(scope, each, {}, sees_all=True))
        for _ in range(2):
            assert tenant.get(f"/v1/gaps/{each}") == expected
    return pages
