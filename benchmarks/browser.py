"""The web page in a real Chromium, on the largest chatbot: first view, changes, figures that move, its batch.

Needs Playwright for Python and a Chromium (Debian's, or the one that `BOTLENS_CHROMIUM` names); without them,
or without the built page, the stage is skipped.
"""

import json
import os
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import Any
from uuid import uuid4

from benchmarks import wire
from benchmarks.dataset import MEASURED_COMPANY, Dataset
from benchmarks.figures import Results, percentile
from benchmarks.load import Stock
from benchmarks.server import Server
from benchmarks.skipping import SkippedError
from botlens.web.site import DIST

STAGE = "browser"
COLD, WARM = "first view complete, cold cache", "first view complete, warm cache"
CHANGE_P50, CHANGE_P95 = "period or filter changed, complete, p50", "period or filter changed, complete, p95"
BATCH_30D, BATCH_YEAR = "the batch behind it, 30 days", "the batch behind it, a year"
EVENT = "event sent until the figure changed"
SCRIPTS, STYLES = "scripts of the first view, gzip", "styles of the first view, gzip"
SHIFT = "layout shift of the first view"
SLOWER = "20 live pages of 5 companies: ingest slower by"
VIEWS, CHANGES, EVENTS, BATCHES = 5, 10, 6, 7
_COMPANIES, _PAGES, _ROUNDS, _LOAD = 5, 20, 3, 50_000
_PAUSE = 4.0
"""Seconds between two events: a page asks again no sooner than twenty times what asking costs."""

_PATIENCE = 120_000
"""Milliseconds, for a machine that has other things to do."""

_DRAWN = """() => new Promise((done) =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"""
_SIZES = """() => { const sum = { js: 0, css: 0 };
  for (const each of performance.getEntriesByType('resource')) {
    const kind = new URL(each.name).pathname.split('.').pop();
    if (kind in sum) sum[kind] += each.encodedBodySize;
  }
  return sum; }"""
_SHIFTS = """() => new Promise((done) => { let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 100); })"""


def measure(results: Results, dataset: Dataset, server: Server) -> None:
    """All of it, one page at a time.

    Raises:
        SkippedError: there is no Playwright, no Chromium or no built page.
    """
    chromium = _chromium()
    bot = dataset.measured[0].id
    _batches(results, server, bot)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        state = _logged_in(browser, server)
        page_of_bot = f"{server.url}/c/{MEASURED_COMPANY}/b/{bot}"
        _first_views(results, browser, state, page_of_bot)
        with _page(browser, state) as page:
            _open(page, page_of_bot)
            _changes(results, page, page_of_bot)
            _events(results, server, page, page_of_bot, bot)
        _ingest(results, dataset, server, browser)
        browser.close()


def _chromium() -> str:
    found = os.environ.get("BOTLENS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if find_spec("playwright") is None or found is None:
        raise SkippedError("there is no Playwright for Python, or no Chromium")
    if not (DIST / "index.html").is_file():
        raise SkippedError("the page is not built (`make web`)")
    return found


def _logged_in(browser: Any, server: Server, company_id: str = MEASURED_COMPANY) -> Any:
    """The cookies of somebody who has used a login link."""
    body = json.dumps({"user": f"reader of {company_id}", "role": "viewer"}).encode()
    answer = _post(server, "/v1/login-links", body, company_id)
    context = browser.new_context()
    page = context.new_page()
    page.goto(answer["url"])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/c/**")
    state = context.storage_state()
    context.close()
    return state


def _post(server: Server, path: str, body: bytes, company_id: str = MEASURED_COMPANY) -> Any:
    headers = {**server.headers, "X-Botlens-Company": company_id, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, body, headers)) as answer:
        return json.load(answer)


@contextmanager
def _page(browser: Any, state: Any) -> Iterator[Any]:
    context = browser.new_context(storage_state=state, viewport={"width": 1440, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


def _open(page: Any, address: str) -> float:
    """Milliseconds from the navigation until the answers that the page asked for are drawn."""
    with page.expect_response(_is_batch, timeout=_PATIENCE) as answering:
        page.goto(address)
    answering.value.finished()
    return float(page.evaluate(_DRAWN))


def _is_batch(response: Any) -> bool:
    return "/v1/queries" in response.url


def _first_views(results: Results, browser: Any, state: Any, address: str) -> None:
    cold, warm, shifts, sizes = [], [], [], []
    for _ in range(VIEWS):
        with _page(browser, state) as page:
            cold.append(_open(page, address))
            sizes.append(page.evaluate(_SIZES))
            shifts.append(float(page.evaluate(_SHIFTS)))
            warm.append(_open(page, address))
    results.add(STAGE, COLD, "botlens", cold, "ms")
    results.add(STAGE, WARM, "botlens", warm, "ms")
    results.add(STAGE, SHIFT, "botlens", shifts, "")
    results.add(STAGE, SCRIPTS, "botlens", [each["js"] / 1_000 for each in sizes], "kB")
    results.add(STAGE, STYLES, "botlens", [each["css"] / 1_000 for each in sizes], "kB")


def _changes(results: Results, page: Any, address: str) -> None:
    """A reader picks another period, each time one that was not asked for yet: until it is drawn."""
    took = []
    for place in range(CHANGES):
        last = datetime.now(UTC).date() - timedelta(days=place + 1)
        with page.expect_response(_is_batch, timeout=_PATIENCE) as answering:
            began = page.evaluate(
                "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate'));"
                " return performance.now(); }",
                f"{address}?p={last - timedelta(days=29)},{last}",
            )
        answering.value.finished()
        took.append(float(page.evaluate(_DRAWN)) - began)
    results.add(STAGE, CHANGE_P50, "botlens", [percentile(took, 0.5)], "ms")
    results.add(STAGE, CHANGE_P95, "botlens", [percentile(took, 0.95)], "ms")


def _events(results: Results, server: Server, page: Any, address: str, bot: str) -> None:
    """From the moment an event is sent to that in which a page that listens shows another figure."""
    _open(page, f"{address}?p=today")
    took = []
    for _ in range(EVENTS):
        time.sleep(_PAUSE)
        before = page.locator("main").inner_text()
        began = time.perf_counter()
        _post(server, "/v1/events", _event(bot))
        page.wait_for_function(
            "(text) => document.querySelector('main').innerText !== text",
            arg=before,
            polling=20,
            timeout=_PATIENCE,
        )
        took.append((time.perf_counter() - began) * 1_000)
    results.add(STAGE, EVENT, "botlens", took, "ms")


def _ingest(results: Results, dataset: Dataset, server: Server, browser: Any) -> None:
    """The same events with and without pages that move: of five companies, four of each."""
    companies = list(dict.fromkeys([MEASURED_COMPANY, *(each.company_id for each in dataset.chatbots)]))
    states = {each: _logged_in(browser, server, each) for each in companies[:_COMPANIES]}
    taken: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(_ROUNDS):
        for way, pages in (("without", 0), ("with", _PAGES)):
            stock = Stock.prepare(server, dataset, dataset.measured[0], 4, _LOAD, 100)
            with ExitStack() as opened:
                for number in range(pages):
                    company_id = companies[number % _COMPANIES]
                    page = opened.enter_context(_page(browser, states[company_id]))
                    _open(page, f"{server.url}/c/{company_id}")  # what is measured is pages that are there
                sent = stock.send(server)
            taken[way].append(sent.events / sent.elapsed)
    for way, rates in taken.items():
        results.add(STAGE, f"events taken {way} {_PAGES} live pages", "botlens", rates, "events/s")
    pairs = zip(taken["without"], taken["with"], strict=True)
    results.add(STAGE, SLOWER, "ratio", [100 * (1 - with_ / without) for without, with_ in pairs], "%")


def _event(bot: str) -> bytes:
    name, now = str(uuid4()), datetime.now(UTC).isoformat()
    message = {
        "type": "message",
        "chatbot_id": bot,
        "conversation_id": name,
        "id": f"{name}-1",
        "role": "user",
    }
    return json.dumps({"events": [{**message, "content": "Where is it?", "created_at": now}]}).encode()


def _batches(results: Results, server: Server, bot: str) -> None:
    """What the page of a chatbot asks, over one connection, so that nobody has it already."""
    for what, period, bucket in ((BATCH_30D, "30d", "day"), (BATCH_YEAR, "365d", "week")):
        body = json.dumps(questions(bot, period, bucket)).encode()
        request = wire.request("POST", "/v1/queries", server.headers, body)
        connection, took = server.connect(), []
        for _ in range(BATCHES + 1):
            began = time.perf_counter()
            answered = connection.ask(request).json()
            took.append((time.perf_counter() - began) * 1_000)
            results.check(
                f"browser: {what} has no error", not answered["errors"], str(answered["errors"])[:200]
            )
        connection.close()
        results.add(STAGE, what, "botlens", took[1:], "ms")


def questions(bot: str, period: str, bucket: str) -> dict[str, Any]:
    """The questions of `web/src/pages/bot/questions.ts`."""
    here = {"chatbots": [bot], "period": period}
    compared, few = {**here, "compare": "previous_period"}, {**here, "limit": 9}
    cards = (
        "conversations,unique_sessions,unanswered_rate,csat,handoff_rate,messages_per_conversation,"
        "resolution_assumed_rate,positive_feedback_rate,latency_p95,conversion_rate"
    )
    return {
        "cards": {"metrics": cards.split(","), **compared, "n": True},
        "chart": {"metrics": ["conversations"], "dimensions": [bucket], **compared, "change": False},
        "top": {"metrics": ["questions"], "dimensions": ["question"], **few, "labels": True},
        "unanswered": {
            "metrics": ["unanswered_answers", "questions"],
            "dimensions": ["question"],
            **few,
            "labels": True,
        },
        "heat": {"metrics": ["conversations"], "dimensions": ["weekday", "hour"], **here},
        "languages": {"metrics": ["conversations", "unanswered_rate"], "dimensions": ["language"], **few},
        "channels": {"metrics": ["conversations", "unanswered_rate"], "dimensions": ["channel"], **few},
        "outcomes": {"metrics": ["conversions"], "dimensions": ["outcome"], **few},
        "depth": {"metrics": ["conversations"], "dimensions": ["depth"], **here},
        "drop_off": {"metrics": ["reached", "drop_off_rate"], "dimensions": ["exchange"], **here},
        "retention": {
            "metrics": ["retention_rate", "retained_sessions"],
            "dimensions": ["cohort_week", "weeks_later"],
            **here,
        },
        "ratings": {"metrics": ["ratings"], "dimensions": ["rating"], **here},
    }
