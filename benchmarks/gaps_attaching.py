"""What it costs that new questions join what there is: the whole look of a chatbot that has many questions.

A process of its own. Questions have vectors that were drawn, of which many are alike, so that the link before
takes seconds and not minutes; new ones are texts, and embedded.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Any

import numpy as np

from botlens.engine import Engine
from botlens.events.question import normal_form
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.link.attaching import attach_new
from botlens.gaps.link.chatbot_link import ChatbotLink
from botlens.gaps.link.look import members_before
from botlens.gaps.link.work import LinkWork
from botlens.gaps.meaning import Vectors
from botlens.gaps.meaning.model import of_length_one
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.link_process import LinkProcess
from botlens.intake.pipeline import decode, parcel
from botlens.jobs.job import Progress
from botlens.store.gap_rows import insert_vectors
from botlens.tenants.accounts import Accounts

COMPANY, CHATBOT = "acme", "bot"
_AT_ONCE = 2_000
_SHARE_ALONE = 0.2
_ALIKE = 16


def measure_attaching(count: int, new: int, rounds: int) -> dict[str, Any]:
    """Seconds of a look at new questions: the first with a process that is to be started."""
    with TemporaryDirectory() as name, _engine(Path(name)) as engine:
        texts = [f"Question {at} of {at * 7_919 % 1_000_003}?" for at in range(count)]
        _send(engine, texts)
        progress = Progress(Event())
        with LinkProcess(LinkOptions(), progress) as process:
            work = _work(engine, process, progress)
            _keep(engine, process.about().key, sorted({normal_form(each) for each in texts}), process)
            before = time.monotonic()
            linked = ChatbotLink(work).link()
            link_seconds = time.monotonic() - before
            alone = len(list(_alone(work)))
        found: list[dict[str, float]] = []
        with LinkProcess(LinkOptions(), progress) as process:
            for turn in range(rounds):
                _send(engine, [f"{wording(at)} number {turn} {at}?" for at in range(new)])
                began, cpu = time.monotonic(), time.process_time()
                outcome = attach_new(_work(engine, process, progress))
                took = {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}
                if outcome is None or outcome.link != linked.link:
                    raise RuntimeError("all were linked anew")
                found.append({**took, "questions": outcome.questions, "gaps": outcome.gaps})
        return {"link": link_seconds, "alone": alone, "looks": found}


def _engine(folder: Path) -> Engine:
    engine = Engine(
        Accounts.open(f"sqlite:///{folder}/accounts.db"),
        clickhouse_url=f"chdb://{folder}/events",
        journal_folder=folder / "journal",
    )
    engine.accounts.create_company("Acme", owner="ann", plan="enterprise", company_id=COMPANY)
    engine.chatbots.put(COMPANY, CHATBOT, name="Bot")
    return engine


def _work(engine: Engine, process: LinkProcess, progress: Progress) -> LinkWork:
    cycle = GapLifeCycle(engine.accounts.database, engine.accounts.clock)
    return LinkWork(
        engine.store, engine.commits, cycle, process, progress, datetime.now(UTC), COMPANY, CHATBOT
    )


def _send(engine: Engine, texts: Sequence[str]) -> None:
    """A conversation each, whose answer is not sure of itself."""
    at = datetime.now(UTC).isoformat()
    for first in range(0, len(texts), _AT_ONCE):
        events: list[dict[str, Any]] = []
        for text in texts[first : first + _AT_ONCE]:
            own = {"type": "message", "chatbot_id": CHATBOT, "conversation_id": text, "created_at": at}
            events.append({**own, "id": "1", "role": "user", "content": text})
            events.append({**own, "id": "2", "role": "assistant", "content": "?", "confidence_score": 0.1})
        decoded = decode(json.dumps({"events": events}).encode(), "application/json", None)
        taken = parcel(decoded, {CHATBOT}, may_delete=False)
        if len(taken.records) != len(events):
            raise RuntimeError(f"{len(events) - len(taken.records)} events were not taken")
        engine.commits.submit(COMPANY, taken.records).result()


def _keep(engine: Engine, model: str, questions: Sequence[str], process: LinkProcess) -> None:
    """Vectors of questions: a fifth is alone, the others are of groups that are alike."""
    width = process.embed(["How are you?"]).shape[1]
    drawn = _drawn(len(questions), width)
    for first in range(0, len(questions), _AT_ONCE):
        part = questions[first : first + _AT_ONCE]
        insert_vectors(engine.store, COMPANY, CHATBOT, model, part, drawn[first : first + len(part)], 1)


def _drawn(count: int, width: int) -> Vectors:
    chance = np.random.default_rng(1)
    alone = int(_SHARE_ALONE * count)
    centres = chance.normal(size=((count - alone) // _ALIKE + 1, width)).astype(np.float32)
    at = np.concatenate([np.full(alone, -1), np.arange(count - alone) // _ALIKE])
    chance.shuffle(at)
    found = centres[at]
    found[at < 0] = chance.normal(size=(alone, width))
    return of_length_one(found)


def _alone(work: LinkWork) -> Iterator[str]:
    standing = work.cycle.standing(COMPANY)
    return (name for name, home in members_before(work, standing).items() if not home)


def wording(at: int) -> str:
    """One of many wordings."""
    who = ("Can I", "How do I", "Where can I", "When may I", "Why can't I")
    what = ("return", "exchange", "track", "cancel", "pay for", "insure", "gift wrap", "collect", "share")
    which = ("my parcel", "a coat", "these boots", "an invoice", "the voucher", "a lamp", "two tickets")
    return f"{who[at % 5]} {what[at // 5 % 9]} {which[at // 45 % 7]}"


if __name__ == "__main__":
    print(json.dumps(measure_attaching(*map(int, sys.argv[1:4]))))
