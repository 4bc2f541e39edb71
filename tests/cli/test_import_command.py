"""`botlens import`."""

import json

import pytest

from botlens.cli.import_.marks import ImportMark, Progress
from tests.cli.conftest import EXCHANGE, Shell, message


@pytest.mark.slow
def test_importing_twice_changes_nothing(shell: Shell) -> None:
    """A file imported again adds nothing, and leaves what was configured of its chatbots as it is."""
    company = shell.company()["company_id"]
    file = shell.write("day.ndjson", *EXCHANGE)
    first = shell.json("import", str(file), "--company", company)
    assert (first["accepted"], first["rejected"], first["chatbots_created"]) == (2, 0, ["bot"])
    before = shell.json("report", "--company", company, "--period", "all")
    again = shell.json("import", str(file), "--company", company)
    assert (again["accepted"], again["chatbots_created"]) == (2, [])
    after = shell.json("report", "--company", company, "--period", "all")
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
    mark = ImportMark(shell.data_dir, file, ("", "", company, "", ""))
    mark.save(Progress(position=3, accepted=3))
    resumed = shell.run("import", str(file), "--company", company)
    assert "goes on after record 3" in resumed.stderr
    assert resumed.stdout.splitlines()[-1].startswith("accepted 4 ")
    assert shell.report("messages_per_conversation") == 1  # the first three were only said to be in
    mark.save(Progress(position=3, accepted=3))
    with file.open("a") as lines:
        lines.write(json.dumps(message(5)) + "\n")
    assert mark.load() == Progress()


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
