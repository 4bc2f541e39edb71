"""`botlens backup` and `botlens restore`."""

import os
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.conftest import COMMAND, EXCHANGE, PATIENCE, Running, Shell, message

SECRET = "my card is 4111 1111"


def restored(shell: Shell, file: Path) -> Shell:
    """A shell on a new folder made of a backup."""
    other = Shell(shell.folder)
    other.data_dir = shell.folder / "again"
    done = shell.run("restore", str(file), "--data-dir", str(other.data_dir))
    assert done.returncode == 0, done.stderr
    return other


def numbers(shell: Shell) -> Any:
    """All that a report has, of all time."""
    return shell.timeless("--all")


def texts(file: Path) -> bytes:
    """Every event of a backup, as text."""
    import pyarrow.parquet as pq

    with tarfile.open(file) as tar:
        found = [tar.extractfile(name) for name in tar.getnames() if name.startswith("events/")]
        return b"".join(repr(pq.read_table(each).to_pylist()).encode() for each in found)


def delete(server: Running, key: str, conversation_id: str) -> None:
    answer = httpx2.delete(
        f"{server.url}/v1/conversations/{conversation_id}", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 204


@pytest.mark.slow
def test_a_backup_beside_a_server_restores_to_the_same_numbers(shell: Shell) -> None:
    """All that was acknowledged before is in it, once; what was deleted is not; the key still works."""
    key = shell.company()["api_key"]
    with shell.serving() as server:
        shell.json("import", str(shell.write("a.ndjson", *EXCHANGE)))
        shell.json("import", str(shell.write("a.ndjson", *EXCHANGE)))  # once more
        gone = message(3, conversation_id="c2", content=SECRET)
        shell.json("import", str(shell.write("b.ndjson", gone)))
        delete(server, key, "c2")
        card = message(4, content=SECRET)
        of_card = {**{name: card[name] for name in ("chatbot_id", "conversation_id", "created_at")}}
        of_card |= {"type": "deletion", "of": "message", "message_id": "m4"}
        shell.json("import", str(shell.write("card.ndjson", of_card, card)))
        done = shell.json("backup", "one.tar")
        assert done["events"] == 4  # two messages and the deletions
        assert SECRET.encode() not in texts(shell.folder / "one.tar")
        shell.json("import", str(shell.write("c.ndjson", message(9))))  # after it
        expected = numbers(shell)["totals"]["rows"][0] | {"messages_per_conversation": 2}
        assert "is there already" in shell.misused("backup", "one.tar")
    again = restored(shell, shell.folder / "one.tar")
    assert numbers(again)["totals"]["rows"][0] == expected
    assert any("are equal to its raw events" in each["what"] for each in again.json("doctor", "--verify"))
    with again.serving() as server:
        assert server.get("/analytics/overview", key).json()["total_messages"] == 2
        again.json("import", str(again.write("b.ndjson", gone, card)))
        assert server.get("/analytics/overview", key).json()["total_messages"] == 2  # deleted for good


def test_a_backup_without_a_server_takes_the_folder(shell: Shell) -> None:
    """It goes into a folder under a name of its own; restoring over something that is there is refused."""
    shell.company()
    shell.json("import", str(shell.write("a.ndjson", *EXCHANGE)))
    (shell.folder / "backups").mkdir()
    made = Path(shell.json("backup", "backups")["file"])
    assert [each.name for each in (shell.folder / "backups").iterdir()] == [made.name]
    assert (shell.folder / made).stat().st_mode & 0o077 == 0
    assert "is not empty" in shell.misused("restore", str(made), "--data-dir", str(shell.data_dir))
    assert numbers(restored(shell, made)) == numbers(shell)


def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(shell: Shell) -> None:
    """Cut off, changed, of a newer botlens, or something else: a sentence, and no folder."""
    shell.company()
    shell.json("import", str(shell.write("a.ndjson", *EXCHANGE)))
    shell.json("backup", "one.tar")
    whole = (shell.folder / "one.tar").read_bytes()
    wrong = {
        "its end is missing": whole[: whole.index(b"checksums.json")],
        "is not what was written": whole.replace(b"Acme", b"Acne", 1),
        "newer than this one": whole.replace(b'"format":1', b'"format":9', 1),
        "no backup of botlens": b"something else",
    }
    for said, content in wrong.items():
        (shell.folder / "wrong.tar").write_bytes(content)
        line = shell.run("restore", "wrong.tar", "--data-dir", str(shell.folder / "again"))
        assert (line.returncode, said in line.stderr) == (1, True), line.stderr
    assert not (shell.folder / "again").exists()


def killed_in_the_middle(shell: Shell) -> bool:
    """Whether a backup did not come to its end before it was killed; it had begun."""
    process = subprocess.Popen([*COMMAND, "backup", "one.tar"], cwd=shell.folder, env=shell.environment())
    partial, until = shell.folder / ".one.tar.partial", time.monotonic() + PATIENCE
    while not partial.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return partial.exists()


@pytest.mark.slow
def test_a_backup_that_is_killed_leaves_no_file_of_its_name(shell: Shell) -> None:
    """Nor does it keep the next one from being taken, by the server or without it."""
    shell.company()
    with shell.serving():
        lines = [message(number % 60, id=f"m{number}") for number in range(20_000)]
        shell.json("import", str(shell.write("a.ndjson", *lines)))
        for _ in range(10):
            if killed_in_the_middle(shell):
                break
            (shell.folder / "one.tar").unlink()  # it was done before the signal came
        else:
            pytest.fail("it was never killed in the middle")
        assert not (shell.folder / "one.tar").exists()
        assert shell.json("backup", "one.tar")["events"] == 20_000


def test_no_key_opens_a_backup(shell: Shell) -> None:
    """It holds all companies: only a command of the folder's owner may take one."""
    key = shell.company()["api_key"]
    with shell.serving() as server:
        answer = server.get("/v1/backup", key)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "local_only")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_is_named_and_nothing_half_is_left(shell: Shell) -> None:
    """Neither half a backup nor half a folder: the message names the disk that is full."""
    shell.company()
    shell.json("backup", "one.tar")
    small = shell.folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        (small / "rest").write_bytes(bytes(60_000))
        for command in (("backup", "small/two.tar"), ("restore", "one.tar", "--data-dir", "small/again")):
            line = shell.refused(*command)
            assert f"The disk of {small} is full" in line
            assert [each.name for each in small.iterdir()] == ["rest"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk")
def test_a_disk_of_its_own_is_filled(shell: Shell) -> None:
    """The root of a disk (the volume of a container) cannot be replaced by a folder; it is filled, too."""
    shell.company()
    shell.json("import", str(shell.write("a.ndjson", *EXCHANGE)))
    shell.json("backup", "one.tar")
    disk = shell.folder / "again"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        (disk / "lost+found").mkdir()
        assert numbers(restored(shell, Path("one.tar"))) == numbers(shell)
        assert not [each for each in disk.iterdir() if each.name.startswith(".")]
        assert "is not empty" in shell.misused("restore", "one.tar", "--data-dir", str(disk))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_where_a_backup_can_go(shell: Shell) -> None:
    """A name with / at its end is a folder, which is made; what is missing otherwise is named."""
    shell.company()
    made = Path(shell.json("backup", "backups/nightly/")["file"])
    assert made.parent == Path("backups/nightly")
    assert (shell.folder / made).is_file()
    again = Path(shell.json("backup", "backups/nightly", "--data-dir", str(shell.data_dir))["file"])
    assert again.parent == made.parent
    assert "'TO'" in (said := shell.misused("backup", "elsewhere/one.tar"))
    assert "there is no folder elsewhere" in said
    assert "it is empty" in shell.misused("backup", "")
