"""The query language on the largest chatbot: single widgets over 30 days, and over a year with a filter."""

import time
from collections.abc import Iterator
from urllib.parse import urlencode

from benchmarks.dataset import Dataset
from benchmarks.figures import Results, percentile
from benchmarks.routes import add_latencies, warm
from benchmarks.server import Server

STAGE = "questions"
SLOWEST_CARD = "slowest of all metrics, 30 days, p50"
SLOWEST_WIDGET = "slowest widget, 30 days, p50"
SLOWEST_YEAR = "slowest with one filter, a year, p50"
_SHARE = 50  # of the requests of a round: these take longer than the routes that answer from memory

_WIDGETS = {
    "conversations by day": {"metrics": "conversations", "dimensions": "day"},
    "unanswered rate by day": {"metrics": "unanswered_rate", "dimensions": "day"},
    "sessions by day": {"metrics": "unique_sessions", "dimensions": "day"},
    "hour by weekday": {"metrics": "conversations", "dimensions": "hour,weekday"},
    "by language": {"metrics": "conversations,csat", "dimensions": "language"},
    "new and returning": {"metrics": "conversations", "dimensions": "session_kind"},
    "ten questions": {"metrics": "questions", "dimensions": "question", "limit": "10"},
    "ten unanswered questions": {"metrics": "unanswered_answers", "dimensions": "question", "limit": "10"},
    "drop-off": {"metrics": "drop_off_rate", "dimensions": "exchange"},
    "card with the period before": {"metrics": "conversations", "compare": "previous_period"},
}
_YEAR = {
    "conversations": {"metrics": "conversations"},
    "unanswered rate by week": {"metrics": "unanswered_rate", "dimensions": "week"},
    "average rating by month": {"metrics": "average_rating", "dimensions": "month"},
}
_FILTER = "language:is:de"


def measure(results: Results, dataset: Dataset, server: Server) -> None:
    """Each over HTTP, one after the other, warm."""
    bot, requests = dataset.measured[0].id, max(5, dataset.profile.requests_per_round // _SHARE)

    def rounds(link: dict[str, str]) -> list[list[float]]:
        path = f"/v1/query?{urlencode({'chatbots': bot, **link})}"
        return [warm(server, path, requests) for _ in range(dataset.profile.rounds)]

    cards = {name: rounds({"metrics": name, "period": "30d"}) for name in _metrics(server)}
    widgets = {name: rounds({**link, "period": "30d"}) for name, link in _WIDGETS.items()}
    years = {name: rounds({**link, "period": "365d", "filter": _FILTER}) for name, link in _YEAR.items()}
    for name, found in cards.items():
        results.add(STAGE, f"{name}, 30 days, p50", "botlens", _p50(found), "ms")
    for name, found in widgets.items():
        add_latencies(results, STAGE, f"{name}, 30 days,", found)
    for name, found in years.items():
        add_latencies(results, STAGE, f"{name}, one language, a year,", found)
    for what, of in ((SLOWEST_CARD, cards), (SLOWEST_WIDGET, widgets), (SLOWEST_YEAR, years)):
        results.add(STAGE, what, "botlens", max((_p50(each) for each in of.values()), key=max), "ms")
    _drill_down(results, server, bot)


def _metrics(server: Server) -> Iterator[str]:
    """Those that are a card: they need no dimension."""
    for metric in server.get("/v1/metrics")["metrics"]:
        if "day" in metric["dimensions"]:
            yield metric["name"]


def _p50(rounds: list[list[float]]) -> list[float]:
    return [percentile(each, 0.5) for each in rounds]


def _drill_down(results: Results, server: Server, bot: str) -> None:
    """A card and the list of the conversations behind it say the same number, at any size."""
    began = time.perf_counter()
    card = server.get(f"/v1/query?{urlencode({'chatbots': bot, 'metrics': 'handoffs', 'period': '30d'})}")
    behind = server.get(
        f"/v1/conversations?{urlencode({'chatbots': bot, 'metric': 'handoffs', 'period': '30d', 'limit': 1})}"
    )
    results.add(STAGE, "card and its drill-down", "botlens", [(time.perf_counter() - began) * 1_000], "ms")
    results.check(
        "questions: a drill-down counts what its card counts", card["rows"][0]["handoffs"] == behind["total"]
    )
