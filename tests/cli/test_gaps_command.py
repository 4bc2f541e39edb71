"""`botlens gaps`, and what becomes of gaps in a backup."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Shell, message
from tests.contract.gap_story import GIFT, PARCEL


def conversation_of(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def asked(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Each text in a conversation of its own, whose answer is not sure of itself."""
    return [
        event | {"conversation_id": conversation_of(text), "session_id": text}
        for text in texts
        for event in (message(1, content=text), message(2, "assistant", confidence_score=0.1))
    ]


def listed(shell: Shell, *arguments: str) -> Any:
    return shell.json("gaps", "list", "--period", "all", *arguments)


def test_gaps_are_grouped_and_listed(shell: Shell) -> None:
    """What waits is said, and grouped when that is asked for; a filter leaves others out."""
    shell.company()
    shell.json("import", str(shell.write("a.ndjson", *asked(GIFT))))
    before = shell.run("gaps", "list", "--period", "all")
    assert before.stdout == ""
    assert before.stderr.splitlines() == [
        "There are no gaps in this period.",
        "3 questions wait: `botlens gaps relink` has them grouped now.",
    ]
    assert shell.run("gaps", "relink").stdout.startswith("3 questions, 1 gaps, in ")
    (gap,) = listed(shell)["gaps"]
    assert (gap["title"] in GIFT, gap["sessions"]) == (True, 3)
    table = shell.run("gaps", "list", "--period", "all", COLUMNS="200")
    (row,) = [line for line in table.stdout.splitlines() if gap["id"] in line]
    assert [each in row for each in (gap["title"], "open")] == [True, True]
    assert table.stderr == ""
    assert listed(shell, "--state", "dismissed")["gaps"] == []
    assert listed(shell, "--chatbot", "bot", "--order", "newest", "--limit", "1")["gaps"] == [gap]


@pytest.mark.slow
def test_a_restored_gap_is_what_it_was(shell: Shell) -> None:
    """Its id, its questions and what people said of it; what was deleted is not in the backup."""
    key = shell.company()["api_key"]
    shell.json("import", str(shell.write("a.ndjson", *asked([*GIFT, *PARCEL]))))
    with shell.serving() as server:
        shell.json("gaps", "relink")
        before = {each["id"]: each for each in listed(shell)["gaps"]}
        (gift,) = [each for each in before.values() if each["title"] in GIFT]
        with httpx2.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}) as client:
            said = {"title": "Gift wrapping", "state": "dismissed", "reason": "We sell no gifts."}
            assert client.patch(f"/v1/gaps/{gift['id']}", json=said).status_code == 200
            assert client.delete(f"/v1/conversations/{conversation_of(PARCEL[0])}").status_code == 204
            shell.json("backup", "one.tar")
    (shell.folder / "one").mkdir()
    members = shell.run("restore", "one.tar", "--data-dir", str(shell.folder / "again"))
    assert members.returncode == 0, members.stderr
    assert PARCEL[0].lower() not in kept_questions(shell.folder / "one.tar")
    again = Shell(shell.folder)
    again.data_dir = shell.folder / "again"
    again.json("gaps", "relink")
    (same,) = listed(again, "--state", "dismissed")["gaps"]
    assert (same["id"], same["title"], same["distinct_questions"]) == (gift["id"], "Gift wrapping", 3)
    (other,) = listed(again)["gaps"]
    assert (other["id"] in before, other["distinct_questions"]) == (True, 2)


def kept_questions(file: Path) -> list[str]:
    """The questions whose gaps a backup knows."""
    import tarfile

    with tarfile.open(file) as tar:
        names = [name for name in tar.getnames() if name.startswith("gaps/")]
        return [
            question.rstrip("?")
            for name in names
            for question in pq.read_table(tar.extractfile(name)).column("question").to_pylist()
        ]
