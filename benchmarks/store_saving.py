"""Has a folder's numbers saved, as a server does that has been looked at for half a minute.

A process of its own (`python -m benchmarks.store_saving FOLDER`): the embedded store belongs to one process.
Prints how many chatbots have saved numbers, once all have that will; with `--forget` none have afterwards.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.dataset import MEASURED_COMPANY
from botlens.opening import engine_of
from botlens.settings import Settings
from botlens.store.replaced_facts import bases_of
from botlens.store.saved_tables import SAVED_NUMBERS

_PATIENCE_SECONDS = 1_800.0
_LOOK_SECONDS = 2.0
_QUIET_SECONDS = 75.0  # two rounds of whoever saves


def wait_until_saved(folder: Path) -> int:
    """Ask for an overview, so that numbers are in memory, and wait until no more of them get saved."""
    with engine_of(Settings(data_dir=folder)) as engine:
        company = engine.accounts.company(MEASURED_COMPANY)
        engine.answers.seed.overview(engine.answers.scope(company, datetime.now(UTC)))
        saved, since = 0, time.monotonic()
        until = since + _PATIENCE_SECONDS
        while time.monotonic() < until and time.monotonic() - since < _QUIET_SECONDS:
            time.sleep(_LOOK_SECONDS)
            if (found := len(bases_of(engine.store, company.id))) != saved:
                saved, since = found, time.monotonic()
        return saved


def forget(folder: Path) -> None:
    """Have nothing saved, as after an import."""
    with engine_of(Settings(data_dir=folder)) as engine:
        engine.store.maintain(f"TRUNCATE TABLE {SAVED_NUMBERS.name}")


if __name__ == "__main__":
    place, *how = sys.argv[1:]
    if how == ["--forget"]:
        forget(Path(place))
    else:
        sys.stdout.write(f"{wait_until_saved(Path(place))}\n")
