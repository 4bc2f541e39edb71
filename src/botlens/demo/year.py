"""A year of made-up but believable conversations, for `botlens demo`, tests and benchmarks.

Everything is a function of `(now, conversations, seed)`: only `Random.random` and `Random.choices` are used,
which give the same numbers on every Python, and no clock is read.
"""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from botlens.demo.bots import DEMO_CHATBOTS, DEMO_COMPANY, DemoChatbot, Weights
from botlens.demo.conversation import DemoConversation, Visitor
from botlens.demo.rhythm import starts
from botlens.moments import DAY, iso, microseconds

__all__ = ["DEMO_CHATBOTS", "DEMO_COMPANY", "DemoChatbot", "demo_events"]


def demo_events(now: datetime, *, conversations: int = 12_000, seed: int = 7) -> Iterator[dict[str, Any]]:
    """The events of `DEMO_CHATBOTS` in the year up to `now`, in the wire format.

    Conversations come in the order in which they start, each in one piece. What would happen after `now`
    is left out, so the latest conversations may still be going on.

    Args:
        now: the end of the year, with a time zone.
        conversations: how many there are, over all bots. Each has six events on average.
        seed: another one gives another, equally believable year.

    Raises:
        ValueError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    return _events(now, conversations, Random(seed))  # noqa: S311 - made-up data, not a secret


def _events(now: datetime, conversations: int, rng: Random) -> Iterator[dict[str, Any]]:
    end = microseconds(now)
    latest = iso(end)
    visitors: dict[str, list[Visitor]] = {bot.id: [] for bot in DEMO_CHATBOTS}
    for index, (start, bot) in enumerate(starts(rng, now, conversations)):
        visitor = _visitor(rng, bot, visitors[bot.id])
        conversation = DemoConversation(rng, bot, visitor, f"demo-{index:07d}", start, (end - start) / DAY)
        # Times are written in one fixed form, so they compare as text.
        yield from (event for event in conversation.play() if event["created_at"] <= latest)


def _visitor(rng: Random, bot: DemoChatbot, known: list[Visitor]) -> Visitor:
    """Somebody new, or somebody who has been here before, rather lately."""
    if known and rng.random() < 0.27:
        return known[-1 - int(rng.random() * rng.random() * min(len(known), 400))]
    language, channel = _pick(rng, bot.languages), _pick(rng, bot.channels)
    known.append(Visitor(f"{bot.id}-visitor-{len(known):06d}", language, channel))
    return known[-1]


def _pick(rng: Random, weights: Weights) -> str:
    return rng.choices([name for name, _ in weights], [weight for _, weight in weights])[0]
