"""`botlens demo`."""

import json
from datetime import UTC, datetime

import pytest

from tests.cli.conftest import Shell


@pytest.mark.slow
def test_the_demo_fills_its_folder_once_a_day(shell: Shell) -> None:
    """`--no-serve` only fills; what is there is used again; another number of conversations is made anew."""
    folder = shell.folder / "demo"
    arguments = ("demo", "--no-serve", "--data-dir", str(folder), "--conversations")
    day = datetime.now(UTC).date()
    first = shell.run(*arguments, "200")
    assert first.returncode == 0, first.stderr
    assert "200 conversations" in first.stdout
    kept = json.loads((folder / "demo.json").read_text())
    assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
    again = shell.run(*arguments, "200")
    if datetime.now(UTC).date() != day:  # it was midnight, and the demo is of today again
        again = shell.run(*arguments, "200")
    assert (again.returncode, again.stdout) == (0, "")
    assert 150 < shell.report("conversations", "--data-dir", str(folder)) <= 200  # without its tests
    assert shell.run(*arguments, "100").returncode == 0
    assert 50 < shell.report("conversations", "--data-dir", str(folder)) <= 100
    assert json.loads((folder / "demo.json").read_text())["api_key"] == kept["api_key"]


def test_the_demo_serves_what_it_filled(shell: Shell) -> None:
    """The key of the demo opens the three seed routes."""
    shell.data_dir = shell.folder / "demo"
    arguments = ("demo", "--port", "0", "--conversations", "50", "--data-dir", str(shell.data_dir))
    with shell.serving(*arguments) as server:
        key = json.loads((shell.data_dir / "demo.json").read_text())["api_key"]
        overview = server.get("/analytics/overview", key).json()
        assert overview["total_conversations"] > 30
        bot = overview["chatbots"][0]["chatbot_id"]
        assert server.get(f"/analytics/chatbot/{bot}/gaps", key).status_code == 200
        assert server.stop() == 0


@pytest.mark.slow
def test_the_demo_never_touches_a_folder_of_real_data(shell: Shell) -> None:
    """Neither --fresh nor BOTLENS_DATA_DIR makes the demo write into, or empty, what is not its own."""
    created = shell.company()
    for more in ((), ("--fresh",)):
        line = shell.misused("demo", "--no-serve", "--data-dir", str(shell.data_dir), *more)
        assert "not a demo" in line
    assert shell.run("demo", "--no-serve", "--conversations", "5").returncode == 0
    assert [each["company_id"] for each in shell.json("company", "list")] == [created["company_id"]]
    assert (shell.folder / "botlens-demo" / "demo.json").exists()


@pytest.mark.slow
def test_fresh_begins_again(shell: Shell) -> None:
    """`--fresh` empties the demo's folder: another company, another key."""
    folder = shell.folder / "demo"
    arguments = ("demo", "--no-serve", "--data-dir", str(folder), "--conversations", "5")
    keys = []
    for more in ((), ("--fresh",)):
        assert shell.run(*arguments, *more).returncode == 0
        keys.append(json.loads((folder / "demo.json").read_text())["api_key"])
    assert keys[0] != keys[1]
    assert len(shell.json("company", "list", "--data-dir", str(folder))) == 1
