"""`make soak`: long storms, round by round, that can be gone on with.

python -m tests.soak NAME ROUNDS SEED      each round in a line; exit code 1 at the first that fails

Rounds that went well are remembered in `.soak/`, with the commit that they were run on.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.engine.test_layouts import RELEASED, upgrade
from tests.soak.chaos import Round
from tests.soak.cluster import storm as cluster_storm
from tests.soak.kills import kill_series
from tests.soak.sync import storm

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".soak"


def chaos(folder: Path, seed: str, without: list[str]) -> str:
    return Round(folder, seed, long=True, without=without).run()


def kills(folder: Path, seed: str, without: list[str]) -> str:
    return kill_series(folder, seed, kills=20)


def sync(folder: Path, seed: str, without: list[str]) -> str:
    return storm(folder, seed)


def moves(folder: Path, seed: str, without: list[str]) -> str:
    return storm(folder, seed, kills=4, longest=3.0, moves=True)


def cluster(folder: Path, seed: str, without: list[str]) -> str:
    return cluster_storm(folder, seed, without=without)


def alone(folder: Path, seed: str, without: list[str]) -> str:
    return cluster_storm(folder, seed, without=without, alone=True)


def upgrades(folder: Path, seed: str, without: list[str]) -> str:
    found = []
    for layout in RELEASED:
        (folder / layout).mkdir()
        found.append(f"{layout} killed at {upgrade(folder / layout, layout, 1, 1)} steps")
    return ", ".join(found)


STORMS: dict[str, Callable[[Path, str, list[str]], str]] = {
    "chaos": chaos,
    "kills": kills,
    "sync": sync,
    "moves": moves,
    "cluster": cluster,
    "alone": alone,
    "upgrades": upgrades,
}


def version() -> str:
    """The commit that is tested."""
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def remembered(path: Path, commit: str) -> set[int]:
    """The rounds that went well on this commit."""
    if not path.exists():
        return set()
    lines = map(json.loads, path.read_text().splitlines())
    return {line["round"] for line in lines if line["commit"] == commit}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("name", choices=sorted(STORMS))
    parser.add_argument("rounds", type=int)
    parser.add_argument("seed")
    parser.add_argument("--without", nargs="*", default=[], help="faults of chaos that shall not come")
    parser.add_argument("--round", type=int, help="only this round, whatever is remembered")
    chosen = parser.parse_args()
    HOME.mkdir(exist_ok=True)
    memory, commit = HOME / f"{chosen.name}-{chosen.seed}.jsonl", version()
    done = remembered(memory, commit)
    wanted = [number for number in range(chosen.rounds) if number not in done]
    for number in wanted if chosen.round is None else [chosen.round]:
        seed = f"{chosen.seed}-{number}"
        folder = HOME / f"{chosen.name}-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        begun = time.monotonic()
        try:
            said = STORMS[chosen.name](folder, seed, chosen.without)
        except Exception as error:
            seconds = round(time.monotonic() - begun)
            say(f"{chosen.name} {seed} FAILED after {seconds} s: {error!r}; kept in {folder}")
            return 1
        seconds = round(time.monotonic() - begun)
        say(f"{chosen.name} {seed} ok in {seconds} s: {said}")
        with memory.open("a") as file:
            file.write(json.dumps({"round": number, "commit": commit, "seconds": seconds}) + "\n")
        shutil.rmtree(folder)
    return 0


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
