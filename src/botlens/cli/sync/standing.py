"""How far a PostgreSQL is brought in: read of the accounts, also while a server follows it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botlens.cli.console import out, print_json, printable
from botlens.opening import accounts_of
from botlens.settings import Settings

if TYPE_CHECKING:
    from botlens.sources.postgres.state import FollowedState, SetAsideCount
    from botlens.tenants.synced.values import KnownSource

_MOST = 20
_OUTDATED = timedelta(seconds=60)
"""Who follows writes down how far it is every few seconds, whatever it does."""


def standing_of(settings: Settings) -> "tuple[FollowedState, list[SetAsideCount]]":
    """How far the source was when it was last written down, and what is set aside."""
    from botlens.sources.postgres.state import StateStore

    with accounts_of(settings) as accounts:
        store = StateStore(accounts.database)
        return store.load(), store.counts()


def tell_status(settings: Settings, *, json: bool) -> None:
    """Say the way, how far it is behind, the mark, what is held and what was set aside."""
    from botlens.clock import utc_now

    state, counts = standing_of(settings)
    seen = seen_now(state, utc_now())
    if json:
        print_json({**_shape(state, seen), "set_aside": [_count(each) for each in counts]})
        return
    if not state.identity:
        out.print(
            "Nothing of a database is in this folder yet. If a server was just started with "
            "BOTLENS_SYNC_URL: its /readyz says what it waits for.",
            soft_wrap=True,
        )
        return
    with accounts_of(settings) as accounts:
        sources = accounts.sources()
    for sentence in (
        *_sentences(state, seen),
        *(each for source in sources for each in _of_accounts(source)),
    ):
        out.print(sentence, markup=False, soft_wrap=True)
    for each in counts[:_MOST]:
        word = f" `{printable(each.word)}`" if each.word else ""
        of = f" of chatbot {printable(each.chatbot_id)}" if each.chatbot_id else ""
        out.print(f"set aside: {each.rows:,}, {each.reason}{word}{of}", markup=False, soft_wrap=True)
    if len(counts) > _MOST:
        out.print(f"and {len(counts) - _MOST:,} more reasons: see --json")
    if counts:
        where = "docs/how-to/supabase.md, Rows that are set aside"
        out.print(f"What each reason means, and what to do: {where}.", markup=False, soft_wrap=True)


def confirm_held(settings: Settings) -> None:
    """Let go what is held; whoever follows does it within seconds."""
    from botlens.sources.postgres.state import StateStore

    with accounts_of(settings) as accounts:
        store = StateStore(accounts.database)
        held = store.load().held
        if held:
            store.confirm(confirmed=True)
        for source in accounts.sources():
            held |= {each.table: (each.gone, each.of) for each in accounts.confirm(source.name)}
    if not held:
        out.print("Nothing is held.")
    for table, (gone, of) in held.items():
        out.print(f"{gone:,} of {of:,} rows of {table} go with the next look at the source.", markup=False)


def _sentences(state: "FollowedState", seen: dict[str, Any]) -> list[str]:
    found = [f"way: {way_of(seen)}", *(f"no better way: {sentence}" for sentence in seen["why"])]
    if seen["way"] and seen["says"]:
        found.append(seen["says"])
    found.append(f"mark: {_mark(state)}")
    if seen.get("at"):
        found.append(f"written down: {seen['at']} (who follows does so every few seconds)")
    if seen.get("behind_bytes") is not None:
        found.append(f"behind: {seen['behind_bytes']:,} bytes, {seen['behind_seconds']} s")
    if seen.get("room_bytes") is not None:
        found.append(f"room before the slot is lost: {seen['room_bytes']:,} bytes")
    found += [f"not followed: {sentence}" for sentence in seen.get("stopped", ())]
    found += [
        f"held: {gone:,} of {of:,} rows of {table} are gone at once, not deleted: `botlens sync --confirm`"
        for table, (gone, of) in state.held.items()
    ]
    return found


def seen_now(state: "FollowedState", now: datetime) -> dict[str, Any]:
    """What was written down of following, without what holds no more, since nobody has for a while."""
    from botlens.sources.postgres.status import written_at
    from botlens.sources.postgres.ways import WAYS

    seen = {"way": "", "why": [], "says": "", **state.seen}
    at = written_at(seen)
    if seen["way"] not in WAYS or (at is not None and now - at <= _OUTDATED):
        return seen
    says = f"who followed it has written nothing down since {seen.get('at')} (way: {seen['way']})"
    return {**seen, "way": "", "why": [], "says": says, "behind_bytes": None, "room_bytes": None}


def way_of(seen: dict[str, Any]) -> str:
    """The way that it is followed, or why it is not."""
    from botlens.sources.postgres.ways import WAYS

    name, says = seen["way"], seen["says"]
    if not name:
        return f"none now; {says}" if says else "none now"
    return f"{name} ({WAYS.get(name, 'brought in by a command; followed by none since')})"


def _mark(state: "FollowedState") -> str:
    if state.mark is None:
        return "the first copy is not complete, so numbers are not either"
    return f"all that was committed there before transaction {state.mark} is here"


def _of_accounts(source: "KnownSource") -> list[str]:
    """What is held of companies, chatbots and plans, and what is worth knowing of them."""
    held = [f"held: {each.sentence} `botlens sync --confirm`" for each in source.holds]
    return [*held, *(f"accounts: {each}" for each in source.remarks)]


def _shape(state: "FollowedState", seen: dict[str, Any]) -> dict[str, Any]:
    held = {table: {"gone": gone, "of": of} for table, (gone, of) in state.held.items()}
    return {"mark": state.mark, "held": held, **seen}


def _count(count: "SetAsideCount") -> dict[str, Any]:
    return {
        "reason": count.reason,
        "word": count.word,
        "company_id": count.company_id,
        "chatbot_id": count.chatbot_id,
        "rows": count.rows,
    }
