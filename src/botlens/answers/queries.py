"""Answers queries: from the JSON of a request to that of its answer.

Everything that was acknowledged before the call is in the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from botlens.commit.snapshot import Snapshots
from botlens.errors import NotFoundError
from botlens.metrics.calendar import Today, zone_named
from botlens.metrics.expressions import HOUR, Need
from botlens.metrics.facts import DEFINITION_VERSION
from botlens.moments import instant, iso, microseconds
from botlens.query import answer
from botlens.query.lines import Calendar, Lines, cohort_lines, lines_of
from botlens.query.period import Span, compared_window, window_of
from botlens.query.repeats import compared_statement, repeated_elsewhere
from botlens.query.request import Choice, Request, metric_named
from botlens.query.selection import Selection
from botlens.query.statement import (
    Statement,
    around_statement,
    asks_of_sessions,
    excluded_of,
    extent_statement,
    rows_statement,
)
from botlens.query.table import Around, Table, table_of
from botlens.query.window import Window
from botlens.query.wording import forms_of, wording_of, wording_statement
from botlens.store.connection import TooSlowError
from botlens.store.reading import CompanyReader, facts
from botlens.tenants.accounts import Accounts
from botlens.tenants.entitlements import require_feature, require_history
from botlens.tenants.plans import COMPARE
from botlens.tenants.values import Company

SECONDS = 30.0
"""The longest that one statement of a query may take."""


class Queries:
    """Answers queries.

    Args:
        accounts: which chatbots a company has, and their zones.
        snapshots: read the facts.
    """

    def __init__(self, accounts: Accounts, snapshots: Snapshots) -> None:
        self._accounts = accounts
        self._snapshots = snapshots

    def query(self, company: Company, body: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
        """The answer to a request, see `docs/reference/query.md`.

        Args:
            company: whose conversations.
            body: the JSON of the request.
            now: what "today" is taken from, aware.

        Raises:
            InvalidError: the request cannot be answered; the sentence says what to do.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not include it.
        """
        request = Request.parse(body)
        if request.compare is not None:
            require_feature(self._accounts.plan_of(company), self._accounts.plans, COMPARE)
        return self._snapshots.read(
            company.id, lambda reader: self._answer(_Reads(reader), company, request, now)
        )

    def _answer(self, reads: "_Reads", company: Company, request: Request, now: datetime) -> dict[str, Any]:
        selection = self._selection(reads, company, request.choice, now)
        other = (
            None
            if request.compare is None
            else self._selection(reads, company, request.choice, now, request.compare)
        )
        table = _table(reads, request, selection)
        around = table.around or _around(reads, request, selection)
        compared = None if other is None else _compared(reads, request, other)
        made = _lines(request, selection, table, around, compared, now)
        lines = answer.ordered(request, made.lines)
        kept = answer.limited(request, lines)
        found: dict[str, Any] = {"rows": answer.rows_of(request, [(each.key, each.cells) for each in kept])}
        if other:
            counterparts = [each.other for each in kept if each.other]
            found["compare"] = {
                "window": answer.told_window(other.window),
                "rows": answer.rows_of(request, counterparts),
                "n": answer.stands_on(request, [cells for _, cells in counterparts]),
            }
        left_out = dict(zip(excluded_of(request), around.left_out, strict=True))
        found["meta"] = {
            "timezone": selection.zone.key,
            "window": answer.told_window(selection.window),
            "rows_total": len(lines) if table.total is None else table.total,
            "n": answer.stands_on(request, [each.cells for each in kept]),
            "excluded": {"test_conversations": around.tests, **left_out},
            "definition_version": DEFINITION_VERSION,
            "freshness": iso(around.newest),
        }
        if request.wording:
            forms = forms_of(request, [each.key for each in kept])
            found["meta"]["wording"] = wording_of(reads.rows(wording_statement(forms, selection, facts)))
        if not made.filled:
            found["meta"]["filled"] = False
        return found

    def selection_behind(
        self, reader: CompanyReader, company: Company, choice: Choice, metric: str | None, *, now: datetime
    ) -> Selection:
        """The conversations that a request is about; with a metric, those that contribute to it.

        Raises:
            InvalidError: there is no such metric, period or zone.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the company's plan does not look back so far.
        """
        reads = _Reads(reader)
        selection = self._selection(reads, company, choice, now)
        if metric is None:
            return selection
        known = metric_named(metric, "metric")
        behind = selection.behind(known.behind or "1")
        return _knowing(reads, behind, behind.condition.needs)

    def _selection(
        self, reads: "_Reads", company: Company, choice: Choice, now: datetime, compare: Span | None = None
    ) -> Selection:
        """The conversations that a request is about, or those that it compares them with."""
        chatbots = self._chatbots(company, choice)
        zone = self._zone(company, choice, chatbots)
        window = (
            window_of(choice.period, now, zone)
            if compare is None
            else compared_window(compare, choice.period, now, zone)
        )
        self._check_history(company, window, zone, now)
        return Selection(
            chatbots=chatbots,
            zone=zone,
            window=window,
            extent=_extent(reads, chatbots, window, now),
            now=microseconds(now),
            resolution=choice.resolution_hours * HOUR,
            condition=choice.condition,
        )

    def _chatbots(self, company: Company, choice: Choice) -> tuple[str, ...]:
        known = [chatbot.id for chatbot in self._accounts.chatbots(company.id)]
        if choice.chatbots is None:
            return tuple(known)
        for chatbot_id in choice.chatbots:
            if chatbot_id not in known:
                raise NotFoundError("There is no such chatbot.", code="unknown_chatbot")
        return choice.chatbots

    def _zone(self, company: Company, choice: Choice, chatbots: tuple[str, ...]) -> ZoneInfo:
        if choice.timezone:
            return zone_named(choice.timezone, field="timezone")
        if choice.chatbots and len(chatbots) == 1:
            chatbot = self._accounts.chatbot(company.id, chatbots[0])
            if chatbot and chatbot.timezone:
                return zone_named(chatbot.timezone)
        return zone_named(company.timezone)

    def _check_history(self, company: Company, window: Window, zone: ZoneInfo, now: datetime) -> None:
        plan = self._accounts.plan_of(company)
        start = None if window.start is None else instant(window.start)
        require_history(plan, self._accounts.plans, start, now, zone=zone)


@dataclass(frozen=True, slots=True)
class _Reads:
    """Statements of one answer."""

    reader: CompanyReader

    def rows(self, statement: Statement) -> Any:
        return self.reader.rows(statement.sql, statement.parameters, seconds=SECONDS)

    def blocks(self, statement: Statement) -> Iterator[Sequence[Sequence[Any]]]:
        return self.reader.blocks(statement.sql, statement.parameters, seconds=SECONDS)


def _extent(reads: _Reads, chatbots: tuple[str, ...], window: Window, now: datetime) -> tuple[int, int]:
    """The earliest and latest start that local days must be known for."""
    start, end = window.start, window.end
    if start is None or end is None:
        low, high = reads.rows(extent_statement(chatbots, window, facts))[0]
        moment = microseconds(now)
        start = min(low if low is not None else moment, moment) if start is None else start
        end = max(high if high is not None else moment, moment) if end is None else end
    return start, max(end, microseconds(now))


def _compared(reads: _Reads, request: Request, other: Selection) -> tuple[Table, Calendar]:
    table = _table(reads, request, other)
    around = table.around
    if around is None and (other.window.start is None or other.window.end is None):
        around = _around(reads, request, other)
    return table, Calendar(other.zone, other.window, around.extent if around else None)


def _around(reads: _Reads, request: Request, selection: Selection) -> Around:
    rows = reads.rows(around_statement(request, selection, facts))
    return Around.of(rows, len(excluded_of(request)))


def _table(reads: _Reads, request: Request, selection: Selection) -> Table:
    selection = _knowing(reads, selection, asks_of_sessions(request))
    return table_of(request, reads.rows(rows_statement(request, selection, facts)))


def _knowing(reads: _Reads, selection: Selection, needs: frozenset[Need]) -> Selection:
    """The selection with what must be compared outside of the store, if anything must."""
    if Need.REPHRASED not in needs:
        return selection
    blocks = reads.blocks(compared_statement(selection, facts))
    return replace(selection, elsewhere=repeated_elsewhere(_in_time(blocks)))


def _in_time(blocks: Iterator[Sequence[Sequence[Any]]]) -> Iterator[Sequence[Any]]:
    """The rows of some blocks, for somebody whose work with them may take as long as a statement may."""
    end = monotonic() + SECONDS
    for block in blocks:
        for row in block:
            if monotonic() > end:
                raise TooSlowError
            yield row


def _lines(
    request: Request,
    selection: Selection,
    table: Table,
    around: Around,
    compared: tuple[Table, Calendar] | None,
    now: datetime,
) -> Lines:
    """The rows to be, with those in which nothing happened if they are not too many."""
    if request.is_of_cohorts:
        return cohort_lines(request, table, Today.of(now, selection.zone).week)
    calendar = Calendar(selection.zone, selection.window, around.extent)
    return lines_of(request, table, calendar, compared)
