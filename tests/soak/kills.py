"""A server that is killed with SIGKILL in the middle of ingest, again and again, on one folder."""

import random
import time
from pathlib import Path

from tests.soak import witness
from tests.soak.chaos import opened_companies
from tests.soak.process import Process
from tests.soak.senders import Senders


def kill_series(folder: Path, seed: str, *, kills: int) -> str:
    """Kill so many times; then every acknowledged event is there, once. Returns what there was, in a line."""
    chance = random.Random(seed)
    (folder / "data").mkdir(mode=0o700)
    (folder / "tmp").mkdir()
    companies = opened_companies(folder / "data", 1)
    senders = Senders(companies, seed, each=3)
    log = folder / "server.log"
    for _ in range(kills):
        process = Process(folder, log)
        try:
            senders.begin(process)
            time.sleep(chance.uniform(0.1, 1.2))
            process.kill()
        finally:
            process.close()
        senders.pause()
    witness.check_after_the_end(folder, log, companies)
    events = sum(len(batch.events) for company in companies for batch in company.batches)
    return f"{events} events, {kills} kills"
