"""What is in the demo's folder: a company, its key, a year of made-up conversations."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from botlens.demo import folder as demo_folder
from botlens.demo.folder import Demo
from botlens.demo.year import DEMO_CHATBOTS, DEMO_COMPANY, demo_events
from botlens.errors import BotlensError
from botlens.opening import accounts_of
from botlens.settings import Settings

if TYPE_CHECKING:
    from botlens.engine import Engine

BATCH = 5_000
_EVENTS_EACH = 6  # on average


class Sent(Protocol):
    """What became of some events."""

    accepted: int

    @property
    def rejected(self) -> Sequence[Any]:
        """Those that were not taken, each with a `message`."""


Send = Callable[[list[dict[str, Any]]], Sent]
"""Takes some events in; they are durable when it returns."""


def prepared(
    settings: Settings, now: datetime, conversations: int, *, fresh: bool, made_anew: Callable[[date], None]
) -> Demo:
    """The demo in the folder, with its company and key; not filled where its data is not what is wanted.

    Args:
        settings: name the folder, which is owned.
        now: the end of the year.
        conversations: how many it is to have.
        fresh: begin again from an empty folder.
        made_anew: told the day of data that is there and is not what is wanted, once it is about to go.
    """
    if fresh:
        demo_folder.remove_everything(settings.data_dir)
    made = demo_folder.kept(settings.data_dir)
    if made is None or not made.company_id:
        return _new(settings)
    if made.filled_on != now.date() or made.conversations != conversations:
        if made.filled_on is not None:
            made_anew(made.filled_on)
        made.filled_on = None
        demo_folder.keep(settings.data_dir, made)
        demo_folder.remove_events(settings.data_dir)
    return made


def _new(settings: Settings) -> Demo:
    made = Demo("", "")
    demo_folder.keep(settings.data_dir, made)  # before all else: from now on the folder is a demo's
    with accounts_of(settings, create=True) as accounts:
        company = accounts.create_company(DEMO_COMPANY, owner="demo", plan="pro", timezone="Europe/Berlin")
        _, made.api_key = accounts.create_key(company.id, name="demo")
    made.company_id = company.id
    demo_folder.keep(settings.data_dir, made)
    return made


def batches_of(conversations: int) -> int:
    """About how many batches `fill` sends."""
    return max(1, conversations * _EVENTS_EACH // BATCH)


def fill(
    engine: "Engine",
    settings: Settings,
    made: Demo,
    now: datetime,
    conversations: int,
    *,
    send: Send,
    sent: Callable[[int], None] = lambda _: None,
) -> int:
    """Put the year into the folder's engine; returns how many events it is.

    Args:
        engine: over the demo's folder.
        settings: name the folder.
        made: the demo; from now on it is filled.
        now: the end of the year.
        conversations: how many to make up.
        send: has events taken in for the demo's company.
        sent: told how many batches were sent, after each.

    Raises:
        BotlensError: an event was rejected.
    """
    for bot in DEMO_CHATBOTS:
        engine.chatbots.put(
            made.company_id,
            bot.id,
            name=bot.name,
            is_published=bot.is_published,
            confidence_threshold=bot.confidence_threshold,
            timezone=bot.timezone,
        )
    events = demo_events(now, conversations=conversations)
    accepted = 0
    for number, batch in enumerate(iter(lambda: list(islice(events, BATCH)), []), 1):
        found = send(batch)
        if found.rejected:
            raise BotlensError(f"The demo's own data was rejected: {found.rejected[0].message}")
        accepted += found.accepted
        sent(number)
    made.filled_on, made.conversations = now.date(), conversations
    demo_folder.keep(settings.data_dir, made)
    return accepted
