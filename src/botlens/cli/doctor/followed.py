"""The doctor's look at a database that is followed into the folder: how far it is, and what was set aside."""

from collections.abc import Iterator

from botlens.cli.console import printable
from botlens.cli.doctor.findings import Finding, fine, note
from botlens.cli.sync.standing import seen_now, standing_of, way_of
from botlens.clock import utc_now
from botlens.settings import Settings

_MOST = 5


def followed(settings: Settings) -> Iterator[Finding]:
    """Nothing where none is followed."""
    state, counts = standing_of(settings)
    if not state.identity:
        return
    seen = seen_now(state, utc_now())
    behind = "" if seen.get("behind_bytes") is None else f", {seen['behind_bytes']:,} bytes behind"
    yield fine(f"A database is followed (way: {seen['way'] or way_of(seen)}{behind})")
    for sentence in seen["why"]:
        yield note(f"It is followed no better way: {sentence}", "botlens doctor URL prints what to paste")
    for sentence in seen.get("stopped", ()):
        yield note(sentence)
    for table, (gone, of) in state.held.items():
        what = (
            f"{gone:,} of {of:,} rows of {table} are gone from the source at once: nothing of it is deleted."
        )
        yield note(what, "If they are to go: botlens sync --confirm")
    for each in counts[:_MOST]:
        word = f" ({printable(each.word)})" if each.word else ""
        yield note(f"Rows set aside: {each.rows:,}, {each.reason}{word}", "See botlens sync --status")
