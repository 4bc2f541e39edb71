"""From a row of an answer to the conversations behind its figures, knowing nothing but the catalogue."""

from collections.abc import Callable
from datetime import datetime

from tests.oracle.answers import Question, question_of, zone_of
from tests.oracle.cohorts import METRICS as OF_COHORTS
from tests.oracle.drill import NUMBER_OF_CONVERSATIONS, behind, figure_of, figure_over
from tests.oracle.periods import window_of
from tests.oracle.sessions import Visit

CHOOSING = ("chatbots", "period", "timezone", "resolution_hours")
LONG = 200  # conversations on a page: more than any history of these tests has
Listed = Callable[[dict], dict]


def opened(described: dict, request: dict, row: dict) -> dict:
    """What to ask `GET /v1/conversations` for: the question, the metric, and a filter for each dimension."""
    fields = described["drill"]["fields"]
    cell = [
        {"field": fields.get(name, name), "op": "is", "value": row[name]}
        for name in request.get("dimensions") or []
    ]
    asked = {name: request[name] for name in CHOOSING if request.get(name) is not None}
    filters = [request["filters"], *cell] if request.get("filters") is not None else cell
    return {**asked, "metric": described["name"], "filters": filters, "limit": LONG}


def asked_about(
    known: tuple[list[dict], list[dict]], request: dict, now: datetime, zone: str
) -> tuple[Question, list[Visit]]:
    """What a request is about; `known` are the events and the records of the chatbots."""
    zone = zone_of(request, known[1], zone)
    question = question_of(*known, request, now, zone)
    window = window_of(request.get("period") or "30d", now=now, zone=zone)
    return question, question.chosen(question.counted, window)


def figure_opens(
    described: dict, about: tuple[Question, list[Visit]], answered: dict, place: int, listed: Listed
) -> int:
    """Hold the list behind the figure of a metric in a row against the oracle's; returns how long it is."""
    metric, row, (question, chosen) = described["name"], answered["rows"][place], about
    key = {name: row[name] for name in question.dimensions}
    page = listed(opened(described, question.request, row))
    expected = behind(question, metric, chosen, key)
    ids = [(each["chatbot_id"], each["conversation_id"]) for each in page["conversations"]]
    assert sorted(ids) == sorted((v.conversation.chatbot_id, v.conversation.id) for v in expected), (
        metric,
        key,
    )
    assert page["total"] == len(expected)
    n = answered["meta"]["n"].get(metric)
    basis = n[place] if n else None
    figure = figure_of(metric, row[metric], basis)
    assert (metric in NUMBER_OF_CONVERSATIONS) == (described["drill"]["total"] is not None), metric
    assert figure is None or page["total"] == figure, (metric, key, figure)
    if basis is None and described["kind"] in ("rate", "ratio", "median", "percentile"):
        return len(expected)  # what it stands on was not asked for
    told = basis.get("numerator", basis.get("n")) if basis else row[metric]
    if metric in OF_COHORTS:
        assert len({(each["chatbot_id"], each["session_id"]) for each in page["conversations"]}) == told
    else:
        assert figure_over(metric, question.row(chosen, key), expected) == told, (metric, key)
    return len(expected)
