"""Loads the numbers of chatbots from the facts: all time, or the conversations that started in a window."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from botlens.metrics.numbers import SECOND, ChatbotNumbers
from botlens.metrics.sessions import DIGEST, SessionCounts
from botlens.metrics.timeline import QUARTER, QuarterTimeline, SecondTimeline, Timeline
from botlens.metrics.top_questions import HEAD, TopQuestions, ranked
from botlens.query.window import Window
from botlens.store.connection import ClickHouse
from botlens.store.reading import CompanyReader, facts

_LONGEST_LIST = 10


def load_numbers(
    store: ClickHouse,
    company_id: str,
    chatbot_ids: Sequence[str],
    window: Window | None = None,
    *,
    by_second: bool = False,
) -> dict[str, ChatbotNumbers]:
    """The numbers of some chatbots of a company; a chatbot without conversations has zeros.

    Args:
        store: where the facts are.
        company_id: whose.
        chatbot_ids: which.
        window: which conversations; all of them if None.
        by_second: count starts by the second instead of by the quarter hour, for zones that need it.
    """
    loader = _Loader(CompanyReader(store, company_id), list(chatbot_ids), window or Window())
    numbers = {chatbot_id: ChatbotNumbers() for chatbot_id in chatbot_ids}
    loader.totals(numbers)
    loader.languages(numbers)
    loader.sessions(numbers)
    loader.timelines(numbers, 1 if by_second else QUARTER)
    for chatbot_id, top in loader.questions("1").items():
        numbers[chatbot_id].asked = top
    for chatbot_id, top in loader.questions("toInt64(u)").items():
        numbers[chatbot_id].unanswered_questions = top
    return numbers


class _Loader:
    """The statements. Each reads the counted facts of the chatbots in the window once."""

    def __init__(self, reader: CompanyReader, chatbot_ids: list[str], window: Window) -> None:
        self._reader = reader
        self._parameters: dict[str, Any] = {"chatbots": chatbot_ids}
        conditions = ["counted", "chatbot_id IN {chatbots:Array(String)}"]
        if not window.is_open():
            within, parameters = window.condition()
            conditions.append(within)
            self._parameters |= parameters
        self._facts = facts(" AND ".join(conditions))

    def totals(self, numbers: dict[str, ChatbotNumbers]) -> None:
        rows = self._rows(
            "SELECT chatbot_id, count(), sum(messages), sum(unanswered), sum(positive), sum(negative), "
            f"countIf(rating > 0), sum(rating) FROM {self._facts} GROUP BY chatbot_id"
        )
        for chatbot_id, *values in rows:
            each = numbers[chatbot_id]
            each.conversations, each.messages, each.unanswered = values[:3]
            each.positive, each.negative, each.ratings, each.rating_sum = values[3:]

    def languages(self, numbers: dict[str, ChatbotNumbers]) -> None:
        rows = self._rows(
            f"SELECT chatbot_id, language, count() FROM {self._facts} GROUP BY chatbot_id, language"
        )
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for chatbot_id, language, count in rows:
            counts[chatbot_id][language] = count
        for chatbot_id, languages in counts.items():
            numbers[chatbot_id].languages = languages

    def sessions(self, numbers: dict[str, ChatbotNumbers]) -> None:
        rows = self._rows(
            "SELECT chatbot_id, groupArray(d), groupArray(n) FROM (SELECT chatbot_id, MD5(session_id) AS d, "
            f"count() AS n FROM {self._facts} WHERE session_id != '' GROUP BY chatbot_id, d) "
            "GROUP BY chatbot_id"
        )
        for chatbot_id, digests, counts in rows:
            flat = np.frombuffer(b"".join(digests), dtype=DIGEST)
            order = np.argsort(flat)
            numbers[chatbot_id].sessions = SessionCounts(flat[order], np.array(counts, np.int64)[order])

    def timelines(self, numbers: dict[str, ChatbotNumbers], step: int) -> None:
        rows = self._rows(
            "SELECT chatbot_id, groupArray(d), groupArray(n) FROM (SELECT chatbot_id, "
            f"intDiv(toUnixTimestamp64Micro(started_at), {step * SECOND}) AS d, count() AS n "
            f"FROM {self._facts} GROUP BY chatbot_id, d) GROUP BY chatbot_id"
        )
        make: Callable[[Any, Any], Timeline] = _by_quarter if step == QUARTER else SecondTimeline
        nothing = np.empty(0, dtype=np.int64)
        if step != QUARTER:
            for each in numbers.values():
                each.timeline = SecondTimeline(nothing, nothing)
        for chatbot_id, places, counts in rows:
            numbers[chatbot_id].timeline = make(np.array(places, np.int64), np.array(counts, np.int64))

    def questions(self, weight: str) -> dict[str, TopQuestions]:
        """The heads of the questions of each chatbot, each question counted by `weight`."""
        pairs = (
            f"(SELECT chatbot_id, q, t, sum({weight}) AS n FROM {self._facts} "
            "ARRAY JOIN questions AS q, question_texts AS t, question_unanswered AS u "
            f"WHERE q != '' AND {weight} > 0 GROUP BY chatbot_id, q, t)"
        )
        floors = self._floors(pairs)
        heads: defaultdict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for chatbot_id, normal, texts in self._head(pairs, floors, ">"):
            heads[chatbot_id][normal] = texts
        flat = {
            chatbot_id: floor
            for chatbot_id, floor in floors.items()
            if floor and len(heads[chatbot_id]) < _LONGEST_LIST
        }
        fixed = self._flat(pairs, flat, heads) if flat else {}
        return {
            chatbot_id: TopQuestions(heads[chatbot_id], floor=floor, fixed=fixed.get(chatbot_id))
            for chatbot_id, floor in floors.items()
        }

    def _floors(self, pairs: str) -> dict[str, int]:
        """Per chatbot the count that a question must exceed for the head, so that the head stays small."""
        rows = self._rows(
            "SELECT chatbot_id, n, count() FROM "
            f"(SELECT chatbot_id, q, sum(n) AS n FROM {pairs} GROUP BY chatbot_id, q) "
            "GROUP BY chatbot_id, n ORDER BY chatbot_id, n DESC"
        )
        sizes: defaultdict[str, int] = defaultdict(int)
        floors: dict[str, int] = {}
        for chatbot_id, count, questions in rows:
            sizes[chatbot_id] += questions
            floors.setdefault(chatbot_id, 0)
            if sizes[chatbot_id] > HEAD:
                floors[chatbot_id] = max(floors[chatbot_id], count)
        return floors

    def _head(
        self, pairs: str, floors: dict[str, int], comparison: str
    ) -> list[tuple[str, str, dict[str, int]]]:
        rows = self._rows(
            "SELECT chatbot_id, q, groupArray((t, n)) FROM "
            f"{pairs} GROUP BY chatbot_id, q "
            f"HAVING sum(n) {comparison} "
            "transform(chatbot_id, {ids:Array(String)}, {floors:Array(Int64)}, 0)",
            {"ids": list(floors) or [""], "floors": list(floors.values()) or [0]},
        )
        return [(chatbot_id, normal, dict(texts)) for chatbot_id, normal, texts in rows]

    def _flat(
        self, pairs: str, floors: dict[str, int], heads: dict[str, dict[str, dict[str, int]]]
    ) -> dict[str, list[tuple[str, int]]]:
        """The lists of chatbots whose tenth place is shared by more questions than a head may hold."""
        tied: defaultdict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for chatbot_id, normal, texts in self._head(pairs, floors, "="):
            if chatbot_id in floors:
                tied[chatbot_id][normal] = texts
        return {
            chatbot_id: list(
                heapq.merge(
                    ranked(heads[chatbot_id], _LONGEST_LIST),
                    ranked(tied[chatbot_id], _LONGEST_LIST),
                    key=lambda row: -row[1],
                )
            )[:_LONGEST_LIST]
            for chatbot_id in floors
        }

    def _rows(self, statement: str, extra: dict[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        return self._reader.rows(statement, {**self._parameters, **(extra or {})})


def _by_quarter(quarters: Any, counts: Any) -> QuarterTimeline:
    timeline = QuarterTimeline()
    timeline.add_all(quarters * QUARTER, counts)
    return timeline
