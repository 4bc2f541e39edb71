"""Whether what was acknowledged is in the numbers, once, and nothing that was refused."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.oracle import seed as oracle
from tests.oracle.sameness import differences
from tests.soak.process import HEALS_IN, BrokenPromiseError, Process
from tests.soak.senders import CHATBOT, Batch, Company

_READ = (
    "import sys, chdb; connection = chdb.connect(sys.argv[1]);"
    'rows = connection.query("SELECT company_id, kind, conversation_id, '
    "multiIf(kind = 'conversation', toString(rank), "
    "kind = 'feedback', concat(event_id, ':', toString(precedence)), event_id) "
    "FROM raw_events FINAL\", 'JSONCompact');"
    "print(rows.bytes().decode())"
)


def check_after_the_end(folder: Path, log: Path, companies: list[Company]) -> None:
    """Over two more lives of a server, in which nothing happens: all is there, and stays."""
    process = Process(folder, log)
    try:
        process.becomes_ready()
        check_live(process, companies)
        process.terminate()
    finally:
        process.close()
    check_stored(process.data, companies)
    process = Process(folder, log)
    try:
        check_again(process, companies)
        check_live(process, companies)
        process.terminate()
    finally:
        process.close()


def check_live(process: Process, companies: list[Company]) -> None:
    """While nobody sends: all ways to the numbers agree, and they can be what was acknowledged."""
    for company in companies:
        _check_verified(process, company)
        _, seed = asked(process, company, "GET", f"/analytics/chatbot/{CHATBOT}")
        question = {"metrics": ["conversations", "messages"], "period": "all"}
        _, answered = asked(process, company, "POST", "/v1/query", question)
        row = {"conversations": seed["total_conversations"], "messages": seed["total_messages"]}
        if answered["rows"] != [row] and row["conversations"]:
            raise BrokenPromiseError(
                f"{company.id}: the query says {answered['rows']}, the live numbers {row}"
            )
        sure = [batch for batch in company.batches if batch.must_be_there]
        possible = [batch for batch in company.batches if batch.may_be_there]
        least = len(_messages_in(sure) - _taken_back_by(possible))
        most = len(_messages_in(possible) - _taken_back_by(sure))
        if not least <= row["messages"] <= most:
            raise BrokenPromiseError(
                f"{company.id}: {row['messages']} messages are counted, not {least} to {most}"
            )


def _check_verified(process: Process, company: Company) -> None:
    """A recount that has failed is done again with a flush, which may be some seconds off."""
    until = time.monotonic() + HEALS_IN
    while not (verified := asked(process, company, "POST", "/v1/verify")[1])["equal"]:
        if time.monotonic() > until:
            raise BrokenPromiseError(f"verify of {company.id}: {verified}")
        time.sleep(0.5)


def asked(process: Process, company: Company, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, answer = company.ask(process, method, path, body)
    if status != 200:
        raise BrokenPromiseError(
            f"{method} {path} of {company.id} is answered {status} although all is well: {answer}"
        )
    return status, answer


def _messages_in(batches: Iterable[Batch]) -> set[tuple[str, ...]]:
    return {_identity(event) for batch in batches for event in batch.events if event["type"] == "message"}


def _taken_back_by(batches: Iterable[Batch]) -> set[tuple[str, ...]]:
    """The messages and votes that these take back."""
    deletions = [event for batch in batches for event in batch.events if event["type"] == "deletion"]
    found = set()
    for event in deletions:
        names = [event["message_id"]]
        if event["of"] == "feedback":
            names = [f"{names[0]}:{revision}" for revision in range(event.get("revision", 0) + 1)]
        found |= {(event["of"], event["conversation_id"], name) for name in names}
    return found


def check_stored(data: Path, companies: list[Company]) -> None:
    """After the end: each batch is in the store as a whole or not at all, as its answers say.

    Batches of which it cannot be told are told now; the others are forgotten.
    """
    found = subprocess.run(
        [sys.executable, "-c", _READ, str(data / "events")], capture_output=True, text=True, check=True
    )
    stored = {tuple(row) for row in json.loads(found.stdout)["data"]}
    for company in companies:
        # What may be taken back may be gone from the disk or not: `check_again` looks at its numbers.
        doubtful = _taken_back_by(batch for batch in company.batches if batch.may_be_there)
        mine = {key[1:] for key in stored if key[0] == company.id} - doubtful
        for batch in company.batches:
            _check(company, batch, mine, doubtful)
        company.batches = [batch for batch in company.batches if _identities(batch) - doubtful <= mine]
        strange = mine - set().union(*map(_identities, company.batches))
        if strange:
            raise BrokenPromiseError(
                f"{company.id} has {len(strange)} events that nobody sent: {sorted(strange)[:5]}"
            )


def _check(
    company: Company, batch: Batch, mine: set[tuple[str, ...]], doubtful: set[tuple[str, ...]]
) -> None:
    wanted = _identities(batch) - doubtful
    there = wanted & mine
    what = f"of {company.id}, answered {batch.answers}: {batch.events[0]}"
    if batch.must_be_there and there != wanted:
        raise BrokenPromiseError(
            f"{len(wanted - there)} of {len(wanted)} acknowledged events are gone, {what}"
        )
    if there and not batch.may_be_there:
        raise BrokenPromiseError(f"a refused request is there, {what}")
    if there and there != wanted:
        raise BrokenPromiseError(f"a request is there in part, {what}")


def _identities(batch: Batch) -> set[tuple[str, ...]]:
    return {_identity(event) for event in batch.events}


def _identity(event: dict[str, Any]) -> tuple[str, ...]:
    kind = event["type"]
    if kind == "conversation":
        return kind, event["id"], str(event["revision"])
    if kind == "feedback":
        return kind, event["conversation_id"], f"{event['message_id']}:{event.get('revision', 0)}"
    if kind == "deletion":
        return f"{event['of']}_deletion", event["conversation_id"], event["message_id"]
    return kind, event["conversation_id"], event.get("id", "")


def check_again(process: Process, companies: list[Company]) -> None:
    """After a restart, with `check_stored` before it: every number is what the oracle counts."""
    for company in companies:
        chatbot = chatbot_of(process, company)
        events = [event for batch in company.batches for event in batch.events]
        before = datetime.now(UTC)
        _, answered = asked(process, company, "GET", f"/analytics/chatbot/{CHATBOT}")
        moments = (before, datetime.now(UTC))
        all_found = [
            differences(oracle.chatbot_object(events, chatbot, now=now, zone="UTC", top=10), answered)
            for now in moments
        ]
        if all(all_found):
            raise BrokenPromiseError(f"{company.id} after a restart: {all_found[0]}")


def chatbot_of(process: Process, company: Company) -> dict[str, Any]:
    _, chatbots = asked(process, company, "GET", "/v1/chatbots")
    [chatbot] = chatbots["chatbots"]
    return dict(chatbot)
