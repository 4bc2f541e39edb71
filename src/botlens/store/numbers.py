"""Loads the numbers of chatbots from the facts: all time, or the conversations that started in a window."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from botlens.live.numbers import ChatbotNumbers
from botlens.live.sessions import DIGEST, SessionCounts
from botlens.live.timeline import QUARTER, QuarterTimeline, SecondTimeline, Timeline
from botlens.live.top_questions import HEAD, TopQuestions, ranked
from botlens.moments import SECOND
from botlens.query.window import Window
from botlens.store.reading import CompanyReader, facts

_LONGEST_LIST = 10


def load_numbers(
    reader: CompanyReader,
    chatbot_ids: Sequence[str],
    window: Window | None = None,
    *,
    by_second: bool = False,
    until_day: int | None = None,
) -> dict[str, ChatbotNumbers]:
    """The numbers of some chatbots of a company; a chatbot without conversations has zeros.

    Args:
        reader: of their company.
        chatbot_ids: which.
        window: which conversations; all of them if None.
        by_second: count starts by the second instead of by the quarter hour, for zones that need it.
        until_day: only of facts on a day before this one, in days since 1970.
    """
    loader = _Loader(reader, list(chatbot_ids), window or Window(), until_day=until_day)
    numbers = {chatbot_id: ChatbotNumbers() for chatbot_id in chatbot_ids}
    loader.sums(numbers, 1 if by_second else QUARTER)
    for chatbot_id, top in loader.questions(_ASKED).items():
        numbers[chatbot_id].asked = top
    for chatbot_id, top in loader.questions(_UNANSWERED).items():
        numbers[chatbot_id].unanswered_questions = top
    return numbers


def add_days(reader: CompanyReader, chatbot_id: str, numbers: ChatbotNumbers, first_day: int) -> None:
    """Add to the numbers of a chatbot what its facts on a day and later say, all of it: for few days."""
    loader = _Loader(reader, [chatbot_id], Window(), first_day=first_day)
    lately = {chatbot_id: ChatbotNumbers()}
    loader.sums(lately, QUARTER)
    numbers.merge(lately[chatbot_id])
    numbers.asked.add_all(loader.every_question(_ASKED))
    numbers.unanswered_questions.add_all(loader.every_question(_UNANSWERED))


@dataclass(frozen=True, slots=True)
class _Counted:
    """How questions are counted: in which conversations they are looked for, which of them, and by what."""

    where: str
    which: str
    weight: str


_ASKED = _Counted("notEmpty(questions)", "q != ''", "count()")
_UNANSWERED = _Counted("unanswered > 0", "q != '' AND u > 0", "sum(toInt64(u))")


class _Loader:
    """The statements. Each reads the counted facts of the chatbots in the window once."""

    def __init__(
        self,
        reader: CompanyReader,
        chatbot_ids: list[str],
        window: Window,
        *,
        first_day: int | None = None,
        until_day: int | None = None,
    ) -> None:
        self._reader = reader
        self._parameters: dict[str, Any] = {"chatbots": chatbot_ids}
        conditions = ["counted", "chatbot_id IN {chatbots:Array(String)}"]
        for name, sign, day in (("from", ">=", first_day), ("until", "<", until_day)):
            if day is not None:
                conditions.append(f"day {sign} {{{name}_day:Int32}}")
                self._parameters[f"{name}_day"] = day
        if not window.is_open():
            within, parameters = window.condition()
            conditions.append(within)
            self._parameters |= parameters
        self._where = " AND ".join(conditions)
        self._facts = facts(self._where)

    def sums(self, numbers: dict[str, ChatbotNumbers], step: int) -> None:
        """All but questions."""
        self.totals(numbers)
        self.languages(numbers)
        self.sessions(numbers)
        self.timelines(numbers, step)

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

    def questions(self, counted: _Counted) -> dict[str, TopQuestions]:
        """The heads of the questions of each chatbot."""
        most_asked = (
            f"SELECT chatbot_id, q FROM {self._items(counted)} GROUP BY chatbot_id, q "
            f"ORDER BY {counted.weight} DESC LIMIT {HEAD + 1} BY chatbot_id"
        )
        tops: dict[str, TopQuestions] = {}
        for chatbot_id, found in self._texts(counted, most_asked).items():
            totals = {normal: sum(texts.values()) for normal, texts in found.items()}
            # One more than a head may hold was asked for: no question outside has more than the last of them.
            floor = min(totals.values()) if len(totals) > HEAD else 0
            head = {normal: found[normal] for normal, total in totals.items() if total > floor}
            fixed = (
                self._flat(counted, chatbot_id, floor, head) if floor and len(head) < _LONGEST_LIST else None
            )
            tops[chatbot_id] = TopQuestions(head, floor=floor, fixed=fixed)
        return tops

    def every_question(self, counted: _Counted) -> Iterator[tuple[str, str, int]]:
        """(normal form, text, count) of all questions, of all chatbots together."""
        rows = self._rows(
            f"SELECT q, t, {counted.weight} FROM {self._items(counted, texts=True)} GROUP BY q, t"
        )
        return ((normal, text, count) for normal, text, count in rows)

    def _flat(
        self, counted: _Counted, chatbot_id: str, floor: int, head: dict[str, dict[str, int]]
    ) -> list[tuple[str, int]]:
        """The list of a chatbot whose tenth place is shared by more questions than a head may hold."""
        shared = (
            f"SELECT chatbot_id, q FROM {self._items(counted)} WHERE chatbot_id = {{flat:String}} "
            f"GROUP BY chatbot_id, q HAVING {counted.weight} = {{floor:Int64}}"
        )
        tied = self._texts(counted, shared, {"flat": chatbot_id, "floor": floor})[chatbot_id]
        lists = ranked(head, _LONGEST_LIST), ranked(tied, _LONGEST_LIST)
        return list(heapq.merge(*lists, key=lambda row: -row[1]))[:_LONGEST_LIST]

    def _texts(
        self, counted: _Counted, chosen: str, more: dict[str, Any] | None = None
    ) -> dict[str, dict[str, dict[str, int]]]:
        """By chatbot and normal form the original texts of some questions, with their counts.

        Args:
            counted: by what.
            chosen: a statement that selects (chatbot id, normal form). Texts are long: they are read and
                grouped for these alone.
            more: its parameters.
        """
        found: defaultdict[str, dict[str, dict[str, int]]] = defaultdict(dict)
        for chatbot_id, normal, texts in self._rows(
            "SELECT chatbot_id, q, groupArray((t, n)) FROM (SELECT chatbot_id, q, t, "
            f"{counted.weight} AS n FROM {self._items(counted, texts=True)} "
            f"WHERE (chatbot_id, q) IN ({chosen}) GROUP BY chatbot_id, q, t) GROUP BY chatbot_id, q",
            more,
        ):
            found[chatbot_id][normal] = dict(texts)
        return found

    def _items(self, counted: _Counted, *, texts: bool = False) -> str:
        """A row for each question that counts: normal form `q`, unanswered answers `u`, original text `t`."""
        names = {"q": "questions", "u": "question_unanswered", **({"t": "question_texts"} if texts else {})}
        arrays = ", ".join(f"{array} AS {name}" for name, array in names.items())
        return (
            f"(SELECT chatbot_id, {', '.join(names)} FROM {facts(f'{self._where} AND {counted.where}')} "
            f"ARRAY JOIN {arrays} WHERE {counted.which})"
        )

    def _rows(self, statement: str, extra: dict[str, Any] | None = None) -> Sequence[Sequence[Any]]:
        return self._reader.rows(statement, {**self._parameters, **(extra or {})})


def _by_quarter(quarters: Any, counts: Any) -> QuarterTimeline:
    timeline = QuarterTimeline()
    timeline.add_all(quarters * QUARTER, counts)
    return timeline
