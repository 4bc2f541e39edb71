"""When the demo's conversations start: growth, weekdays, hours, busy and odd days."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from random import Random

from botlens.demo.bots import DAYS, DEMO_CHATBOTS, DemoChatbot, now_and_then
from botlens.moments import DAY, days, microseconds

"""Microseconds; all times in here are whole microseconds since 1970 in UTC."""

_HOUR = DAY // 24

DemoStart = tuple[int, DemoChatbot]


def starts(rng: Random, now: datetime, count: int) -> list[DemoStart]:
    """`count` starts of conversations within the year up to `now`, in order of time."""
    end = microseconds(now)
    draw = _drawer(rng, now)
    found: list[tuple[int, int]] = []
    while len(found) < count:
        start, place = draw()
        # The first and the last day are cut by the clock: what falls outside of the year is drawn anew.
        if end - DAYS * DAY <= start <= end:
            found.append((start, place))
    return [(start, DEMO_CHATBOTS[place]) for start, place in sorted(found)]


def _drawer(rng: Random, now: datetime) -> Callable[[], tuple[int, int]]:
    """Draws one start and the bot's place in `DEMO_CHATBOTS` at a time."""
    cells, weights = _cells(rng, now.astimezone(UTC).date())
    weights = list(accumulate(weights))
    hours = [list(accumulate(bot.hours)) for bot in DEMO_CHATBOTS]

    def draw() -> tuple[int, int]:
        midnight, place = rng.choices(cells, cum_weights=weights)[0]
        hour = rng.choices(range(24), cum_weights=hours[place])[0]
        return midnight + hour * _HOUR + int(rng.random() * _HOUR), place

    return draw


def _cells(rng: Random, today: date) -> tuple[list[tuple[int, int]], list[float]]:
    """Each day of each bot, as (midnight, place of the bot), and how busy it was."""
    cells, weights = [], []
    for ago in range(DAYS, -1, -1):
        day = today - timedelta(days=ago)
        growth = 1.5 - ago / DAYS
        for place, bot in enumerate(DEMO_CHATBOTS):
            noise = 0.85 + 0.3 * rng.random()
            busy = bot.share * growth * noise * bot.week[day.weekday()] * now_and_then(bot.id, ago).volume
            cells.append((days(day) * DAY, place))
            weights.append(busy if ago <= bot.launched else 0.0)
    return cells, weights
