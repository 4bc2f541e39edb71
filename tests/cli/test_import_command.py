"""`botlens import`."""

import json
from pathlib import Path

import httpx2
import pytest

from botlens.sources.files.marks import FileMark
from botlens.sources.importing import ImportProgress
from tests.cli.conftest import EXCHANGE, Shell, message


@pytest.mark.slow
def test_importing_twice_changes_nothing(shell: Shell) -> None:
    """A file imported again adds nothing, and leaves what was configured of its chatbots as it is."""
    company = shell.company()["company_id"]
    file = shell.write("day.ndjson", *EXCHANGE)
    first = shell.json("import", str(file), "--company", company)
    assert (first["accepted"], first["rejected"], first["chatbots_created"]) == (2, 0, ["bot"])
    before = shell.timeless("--company", company)
    again = shell.json("import", str(file), "--company", company)
    assert (again["accepted"], again["chatbots_created"]) == (2, [])
    after = shell.timeless("--company", company)
    assert after == before
    assert after["totals"]["rows"][0]["messages_per_conversation"] == 2
    assert after["unanswered_questions"]["rows"][0]["unanswered_answers"] == 1
    assert list((shell.data_dir / "imports").iterdir()) == []


def test_what_is_rejected_is_named_and_fails_the_command(shell: Shell) -> None:
    """Each rejected event is reported with its line and reason; the good ones are in; the exit code is 1."""
    company = shell.company()["company_id"]
    file = shell.write("day.ndjson", message(1), "not json", message(2, "nobody"), message(3))
    done = shell.run("import", str(file), "--company", company)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("accepted 2 · rejected 2 · ")
    assert "record 2: not valid JSON" in done.stderr
    assert "record 3, message c1/m2: `role`" in done.stderr
    assert "rejected as broken_record: 1" in done.stderr


@pytest.mark.slow
def test_an_import_that_was_cut_off_goes_on_where_it_was(shell: Shell) -> None:
    """The mark of an import that did not end is taken up; once the file has changed it no longer counts."""
    company = shell.company()["company_id"]
    file = shell.write("day.ndjson", *(message(number) for number in range(1, 5)))
    mark = FileMark(shell.data_dir, file, ("", "", company, "", ""))
    mark.save(ImportProgress("3", 3, 3))
    resumed = shell.run("import", str(file), "--company", company)
    assert "goes on after record 3" in resumed.stderr
    assert resumed.stdout.splitlines()[-1].startswith("accepted 4 ")
    assert shell.report("messages_per_conversation") == 1  # the first three were only said to be in
    mark.save(ImportProgress("3", 3, 3))
    with file.open("a") as lines:
        lines.write(json.dumps(message(5)) + "\n")
    assert mark.load() == ImportProgress()


def test_a_file_that_is_not_there_is_wrong_usage(shell: Shell) -> None:
    """A slip in a file's name is told before anything is opened."""
    shell.company()
    done = shell.run("import", "nowhere.ndjson")
    assert done.returncode == 2
    assert "'nowhere.ndjson' does not exist" in done.stderr


def test_a_chatbot_can_be_named_for_a_whole_file(shell: Shell) -> None:
    """`--chatbot` puts every event on that chatbot, whatever the file says."""
    shell.company()
    file = shell.write("day.ndjson", *EXCHANGE)
    assert shell.json("import", str(file), "--chatbot", "other")["chatbots_created"] == ["other"]


def test_a_mark_of_an_older_botlens_is_honoured(tmp_path: Path) -> None:
    """A mark that counted records, as 0.1 wrote it, is the position behind so many records."""
    file = tmp_path / "day.ndjson"
    file.write_text("{}\n")
    mark = FileMark(tmp_path, file, ("",))
    mark.save(ImportProgress("3", 3, 2, {"bad": 1}))
    [path] = (tmp_path / "imports").iterdir()
    older = json.loads(path.read_bytes())
    older["progress"] = {"position": 3, "accepted": 2, "rejected": {"bad": 1}}
    path.write_text(json.dumps(older))
    assert mark.load() == ImportProgress("3", 3, 2, {"bad": 1})


def test_an_import_without_a_good_event_makes_no_chatbot(shell: Shell) -> None:
    """Where everything is rejected nothing is left behind, and each reason is told."""
    company = shell.company()["company_id"]
    file = shell.write("day.ndjson", message(1, "nobody"), "not json")
    done = shell.json("import", str(file), code=1)
    assert (done["rejected"], done["chatbots_created"]) == (2, [])
    with shell.serving() as server:
        token = {"Authorization": f"Bearer {server.announced['token']}", "X-Botlens-Company": company}
        assert httpx2.get(server.url + "/v1/chatbots", headers=token).json() == {"chatbots": []}
