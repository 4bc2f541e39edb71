"""A good engineer's way: the same numbers by hand-written SQL on the same PostgreSQL.

The statements fetch results, not rows. Questions are grouped by a stored column (their normal form is made
when a message is written) and every statement can run on an index alone: see `postgres`.
"""

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.counting import (
    DETAIL_TOP,
    GAPS_TOP,
    OVERVIEW_TOP,
    UNANSWERED_TOP,
    Days,
    listed,
    mean,
    overview_of,
)
from benchmarks.dataset import THRESHOLD

_TOTALS = """
SELECT chatbot_id, count(*), coalesce(sum(rating), 0), count(rating),
  count(*) FILTER (WHERE created_at >= %(today)s AND created_at < %(tomorrow)s),
  count(*) FILTER (WHERE created_at >= %(week)s AND created_at < %(next_week)s),
  count(*) FILTER (WHERE created_at >= %(month)s AND created_at < %(next_month)s)
FROM conversations WHERE chatbot_id = ANY(%(chatbots)s) GROUP BY chatbot_id
"""
_SESSIONS = """
SELECT chatbot_id, count(*) FROM (
  SELECT DISTINCT chatbot_id, session_id FROM conversations
  WHERE chatbot_id = ANY(%(chatbots)s) AND session_id <> ''
) AS sessions GROUP BY chatbot_id
"""
_DAILY = """
SELECT chatbot_id, (created_at AT TIME ZONE %(zone)s)::date, count(*) FROM conversations
WHERE chatbot_id = ANY(%(chatbots)s) AND created_at >= %(first_daily)s AND created_at < %(tomorrow)s
GROUP BY 1, 2
"""
_LANGUAGES_AND_HOURS = """
SELECT chatbot_id, coalesce(nullif(language, ''), 'und'),
  extract(hour FROM created_at AT TIME ZONE %(zone)s)::int, count(*)
FROM conversations WHERE chatbot_id = ANY(%(chatbots)s) GROUP BY 1, 2, 3
"""
_MESSAGES = """
SELECT c.chatbot_id, count(*) FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
WHERE c.chatbot_id = ANY(%(chatbots)s) GROUP BY 1
"""
_UNANSWERED = f"""
SELECT c.chatbot_id, count(*) FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
WHERE c.chatbot_id = ANY(%(chatbots)s) AND m.role = 'assistant' AND m.confidence_score < {THRESHOLD}
GROUP BY 1
"""
_FEEDBACK = """
SELECT chatbot_id, value, count(*) FROM feedback WHERE chatbot_id = ANY(%(chatbots)s) GROUP BY 1, 2
"""
# From (chatbot, normal form, original): the most frequent, with all that share the last place.
_TOP = """
, texts AS (
  SELECT chatbot_id, question, content, count(*) AS n FROM asked WHERE question <> '' GROUP BY 1, 2, 3
), totals AS (
  SELECT chatbot_id, question, sum(n) AS n,
    rank() OVER (PARTITION BY chatbot_id ORDER BY sum(n) DESC) AS place
  FROM texts GROUP BY 1, 2
)
SELECT DISTINCT ON (chatbot_id, question) chatbot_id, texts.content, totals.n::bigint
FROM totals JOIN texts USING (chatbot_id, question) WHERE place <= %(top)s
ORDER BY chatbot_id, question, texts.n DESC, texts.content
"""
_ASKED = """
WITH asked AS (
  SELECT c.chatbot_id, m.question, m.content
  FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
  WHERE c.chatbot_id = ANY(%(chatbots)s) AND m.role = 'user'
)
"""
_OPEN = f"""
WITH asked AS (
  SELECT c.chatbot_id, before.question, before.content
  FROM messages AS m JOIN conversations AS c ON c.id = m.conversation_id
  CROSS JOIN LATERAL (
    SELECT u.question, u.content FROM messages AS u
    WHERE u.conversation_id = m.conversation_id AND u.role = 'user'
      AND (u.created_at, u.id) < (m.created_at, m.id)
    ORDER BY u.created_at DESC, u.id DESC LIMIT 1
  ) AS before
  WHERE c.chatbot_id = ANY(%(chatbots)s) AND m.role = 'assistant' AND m.confidence_score < {THRESHOLD}
)
"""


class SqlWay:
    name = "sql"

    def __init__(self, connection: psycopg.Connection, now: datetime, zone: ZoneInfo) -> None:
        self._connection = connection
        self._days = Days.of(now, zone)

    def overview(self, company_id: str) -> dict[str, Any]:
        bots = self._connection.execute(
            "SELECT id, name, is_published FROM chatbots WHERE company_id = %s ORDER BY id", [company_id]
        ).fetchall()
        objects, ratings = self._chatbots({bot[0]: bot[1] for bot in bots}, OVERVIEW_TOP)
        return overview_of(objects, sum(1 for bot in bots if bot[2]), *ratings)

    def detail(self, chatbot_id: str) -> dict[str, Any]:
        found = self._connection.execute("SELECT name FROM chatbots WHERE id = %s", [chatbot_id]).fetchone()
        ((detail,), _) = self._chatbots({chatbot_id: found[0]}, DETAIL_TOP)
        return detail

    def gaps(self, chatbot_id: str) -> list[dict[str, Any]]:
        return self._top(_OPEN, [chatbot_id], GAPS_TOP)[chatbot_id]

    def _chatbots(self, names: dict[str, str], top: int) -> tuple[list[dict[str, Any]], tuple[int, int]]:
        """The objects, and the sum and number of their ratings."""
        ids = list(names)
        totals = {row[0]: row[1:] for row in self._rows(_TOTALS, ids)}
        sessions, messages = dict(self._rows(_SESSIONS, ids)), dict(self._rows(_MESSAGES, ids))
        unanswered = dict(self._rows(_UNANSWERED, ids))
        votes = {(row[0], row[1]): row[2] for row in self._rows(_FEEDBACK, ids)}
        daily = self._daily(ids)
        languages, hours = self._languages_and_hours(ids)
        asked, still_open = self._top(_ASKED, ids, top), self._top(_OPEN, ids, UNANSWERED_TOP)
        objects = []
        for chatbot_id, name in names.items():
            count, rating_sum, ratings, today, week, month = totals.get(chatbot_id, (0,) * 6)
            positive, negative = (votes.get((chatbot_id, value), 0) for value in ("positive", "negative"))
            by_hour = hours[chatbot_id]
            objects.append(
                {
                    "chatbot_id": chatbot_id,
                    "chatbot_name": name,
                    "total_conversations": count,
                    "unique_sessions": sessions.get(chatbot_id, 0),
                    "total_messages": messages.get(chatbot_id, 0),
                    "average_messages_per_conversation": mean(messages.get(chatbot_id, 0), count) or 0.0,
                    "average_rating": mean(rating_sum, ratings),
                    "total_ratings": positive + negative,
                    "conversations_today": today,
                    "conversations_this_week": week,
                    "conversations_this_month": month,
                    "daily_conversations": self._days.daily(daily[chatbot_id]),
                    "top_queries": asked[chatbot_id],
                    "languages_used": dict(sorted(languages[chatbot_id].items())),
                    "peak_hour": max(by_hour, key=lambda hour: (by_hour[hour], -hour)) if by_hour else None,
                    "unanswered_count": unanswered.get(chatbot_id, 0),
                    "unanswered_queries": still_open[chatbot_id],
                    "feedback_positive": positive,
                    "feedback_negative": negative,
                }
            )
        sums = [sum(row[place] for row in totals.values()) for place in (1, 2)]
        return objects, (sums[0], sums[1])

    def _daily(self, ids: list[str]) -> defaultdict[str, dict[date, int]]:
        found: defaultdict[str, dict[date, int]] = defaultdict(dict)
        for chatbot_id, day, count in self._rows(_DAILY, ids):
            found[chatbot_id][day] = count
        return found

    def _languages_and_hours(self, ids: list[str]) -> tuple[Any, Any]:
        languages: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        hours: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
        for chatbot_id, language, hour, count in self._rows(_LANGUAGES_AND_HOURS, ids):
            languages[chatbot_id][language] += count
            hours[chatbot_id][hour] += count
        return languages, hours

    def _top(self, asked: str, ids: list[str], size: int) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[tuple[str, int]]] = {chatbot_id: [] for chatbot_id in ids}
        for chatbot_id, text, count in self._rows(asked + _TOP, ids, top=size):
            found[chatbot_id].append((text, count))
        return {chatbot_id: listed(rows, size) for chatbot_id, rows in found.items()}

    def _rows(self, statement: str, ids: list[str], **more: Any) -> list[Any]:
        return self._connection.execute(statement, {**self._parameters(ids), **more}).fetchall()

    def _parameters(self, ids: list[str]) -> dict[str, Any]:
        days = self._days
        return {
            "chatbots": ids,
            "zone": days.zone.key,
            "today": days.begin(days.today),
            "tomorrow": days.begin(date.fromordinal(days.today.toordinal() + 1)),
            "week": days.begin(days.week),
            "next_week": days.begin(date.fromordinal(days.week.toordinal() + 7)),
            "month": days.begin(days.month),
            "next_month": days.begin(days.next_month),
            "first_daily": days.begin(days.first_daily),
        }
