"""What every command promises: wrong values name their option, a quick start, Ctrl+C without a traceback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

import botlens
from botlens.cli.embed_link import PARTS
from botlens.cli.key import KeyScope
from botlens.cli.link import LinkRole
from botlens.cli.main import app
from botlens.cli.member import Role
from botlens.cli.report.command import PERIOD, PERIODS
from botlens.query.period import DEFAULT, PERIOD_NAMES
from botlens.tenants import LINK_ROLES, ROLES, SCOPES
from botlens.tenants.embed_link import PARTS as OF_A_LINK
from tests.cli.conftest import COMMAND, EXCHANGE, PATIENCE, Shell

LONG = "x" * 201
CREATE = ("company", "create", "Acme", "--owner", "u")
A_FILE = "somewhere/a-file"
"""Wherever a folder belongs, a file is wrong."""

PLACE = {"--company": "none", "--data-dir": A_FILE}

WRONG = {
    ("demo",): {
        "--host": "no such host",
        "--port": "65536",
        "--conversations": "0",
        "--data-dir": A_FILE,
    },
    ("serve",): {"--host": "no such host", "--port": "many", "--data-dir": A_FILE},
    ("import", "a-file"): {
        "--company": "none",
        "--chatbot": LONG,
        "--format": "csv",
        "--data-dir": A_FILE,
        "--url": "nowhere",
    },
    ("report",): {
        "--company": "none",
        "--chatbot": "none",
        "--period": "30days",
        "--tz": "Mars",
        "--from": "yesterday",
        "--to": "2026-13-01",
        "--data-dir": A_FILE,
        "--url": "http://[",
    },
    ("backup", "a-backup"): {"--data-dir": A_FILE},
    ("restore", A_FILE): {"--data-dir": A_FILE},
    ("sync", "postgresql://me@127.0.0.1:1/x"): {
        "--mapping": "none",
        "--way": "walk",
        "--data-dir": A_FILE,
    },
    ("doctor", "postgresql://me@127.0.0.1:1/x"): {"--mapping": "none"},
    ("doctor",): {"--company": "none", "--data-dir": A_FILE, "--url": "ftp://example.com"},
    CREATE: {"--owner": " ", "--plan": "gold", "--timezone": "Mars/Olympus", "--data-dir": A_FILE},
    ("company", "list"): {"--data-dir": A_FILE},
    ("company", "set", "none"): {
        "--name": LONG,
        "--plan": "gold",
        "--timezone": "Mars",
        "--retention-days": "many",
        "--gap-limit": "1.5",
        "--question-floor": "0",
        "--data-dir": A_FILE,
    },
    ("gaps", "list"): {
        "--chatbot": "none",
        "--state": "shut",
        "--order": "beauty",
        "--period": "30days",
        "--limit": "0",
        "--company": "none",
        "--data-dir": A_FILE,
        "--url": "nowhere",
    },
    ("gaps", "relink"): {"--wait": "601", "--company": "none", "--data-dir": A_FILE, "--url": "nowhere"},
    ("company", "delete", "none"): {"--data-dir": A_FILE},
    ("source", "list"): {"--data-dir": A_FILE},
    ("source", "confirm", "none"): {"--data-dir": A_FILE},
    ("source", "release", "none", "--yes"): {"--data-dir": A_FILE},
    ("key", "create"): {"--company": "none", "--scope": "all", "--name": LONG, "--data-dir": A_FILE},
    ("key", "list"): {"--company": "none", "--data-dir": A_FILE},
    ("key", "revoke", "blk_none"): {"--company": "none", "--data-dir": A_FILE},
    ("member", "list"): PLACE,
    ("member", "add", "bob"): {**PLACE, "--role": "king"},
    ("member", "remove", "bob"): PLACE,
    ("link",): {**PLACE, "--role": "king", "--user": " "},
    ("chatbot", "list"): {**PLACE, "--url": "nowhere"},
    ("chatbot", "delete", "bot", "--yes"): {**PLACE, "--url": "nowhere"},
    ("chatbot", "set", "bot"): {
        **PLACE,
        "--url": "nowhere",
        "--name": LONG,
        "--threshold": "7",
        "--timezone": "Mars",
    },
    ("marker", "list"): {**PLACE, "--chatbot": "none"},
    ("marker", "add", "Release"): {**PLACE, "--chatbot": "none", "--at": "soon", "--link": "nowhere"},
    ("marker", "change", "m_none"): {
        **PLACE,
        "--at": "soon",
        "--link": "nowhere",
        "--text": LONG,
    },
    ("marker", "remove", "m_none"): PLACE,
    ("marker", "effect", "m_none", "--metric", "csat"): {**PLACE, "--url": "nowhere", "--days": "many"},
    ("view", "list"): PLACE,
    ("view", "add", "Mine", "p=7d"): {**PLACE, "--chatbot": "none"},
    ("view", "change", "v_none"): {**PLACE, "--name": LONG, "--query": LONG * 50},
    ("view", "remove", "v_none"): PLACE,
    ("embed-link", "list"): PLACE,
    ("embed-link", "create", "bot"): {
        **PLACE,
        "--accent": "red",
        "--expires-at": "soon",
        "--filters": "{",
        "--first-day": "soon",
        "--history-days": "many",
        "--language": "xx",
        "--last-day": "soon",
        "--name": LONG,
        "--origin": "nowhere",
        "--part": "all",
        "--theme": "pink",
    },
    ("embed-link", "revoke", "e_none"): PLACE,
    ("embed-link", "token", "e_none"): {**PLACE, "--seconds": "many"},
    ("jobs",): {**PLACE, "--url": "nowhere"},
    ("rejections",): {**PLACE, "--url": "nowhere"},
    ("move", "--accounts", "postgresql://me@127.0.0.1:1/x", "--shards", "http://127.0.0.1:1/x"): {
        "--accounts": "nowhere",
        "--shards": "http://...",
        "--cluster": "a'b",
        "--data-dir": A_FILE,
    },
    ("slot", "list"): {"--data-dir": A_FILE},
    ("slot", "move", "--to", "2"): {**PLACE, "--slot": "256", "--to": "0"},
    ("slot", "cancel"): {**PLACE, "--slot": "many"},
    ("schema",): {"--layout": "moon", "--cluster": "a'b", "--database": "a b"},
}
EMPTY_SAYS_SOMETHING = {("key create", "--name"), ("marker change", "--link")}
"""A key need not have a name; a marker that leads nowhere any more."""

AFTER_A_MARKER = {("marker change", "--chatbot"), ("marker effect", "--metric")}
"""Looked at when it is known that there is the marker."""

GROUPS = {"company", "key", "member", "chatbot", "marker", "view", "embed-link", "source", "gaps", "slot"}
"""What has commands of its own."""

CASES = [
    pytest.param(command, option, value, id=f"{' '.join(command[:2])} {option}")
    for command, options in WRONG.items()
    for option, value in options.items()
]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with one company, which no wrong value may change."""
    shell = Shell(tmp_path_factory.mktemp("usage"))
    shell.company()
    (shell.folder / "somewhere").mkdir()
    (shell.folder / A_FILE).touch()
    shell.write("a-file", *EXCHANGE)
    return shell


@pytest.mark.parametrize(("command", "option", "value"), CASES)
def test_a_wrong_value_exits_with_2_and_names_its_option(
    own: Shell, command: tuple[str, ...], option: str, value: str
) -> None:
    """Every option of every command: what cannot be right is wrong usage, told before anything is done."""
    done = own.run(*command, option, value)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"'{option}'" in done.stderr
    assert "Traceback" not in done.stderr


def _options() -> Iterator[tuple[str, str]]:
    """(command, option) of every option that takes a value."""
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        for own, each in getattr(command, "commands", {"": command}).items():
            for parameter in each.params:
                if (
                    parameter.param_type_name == "option"
                    and not parameter.is_flag
                    and parameter.name != "help"
                ):
                    yield f"{name} {own}".strip(), parameter.opts[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("serve", "--port", "many"), "it must be a whole number."),
        (("serve", "--port", "70000"), "it must be at most 65535."),
        (("marker", "effect", "m", "--metric", "csat", "--days", "0"), "it must be at least 1."),
        (("chatbot", "set", "bot", "--threshold", "x"), "it must be a number."),
        (("key", "create", "--scope", "x"), "'--scope': 'x' is not one of 'ingest', 'read', 'admin'."),
    ],
)
def test_a_wrong_value_is_told_in_words(arguments: tuple[str, ...], said: str) -> None:
    """Nothing of the library that reads options ("Value error, ...", "Input should be ...") shows through."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("command", "option"),
    [(each.values[0], each.values[1]) for each in CASES],
    ids=[each.id for each in CASES],
)
def test_an_option_that_is_given_nothing_is_wrong_usage(command: tuple[str, ...], option: str) -> None:
    """A variable of a script that is not set (`--user "$WHO"`) never means somebody or something else."""
    if (" ".join(command[:2]), option) in EMPTY_SAYS_SOMETHING:
        return
    for given in ([option, ""], [f"{option}="]):
        done = CliRunner().invoke(app, [*command, *given])
        assert done.exit_code == 2, done.output
        assert f"Invalid value for '{option}': it is empty." in done.stderr


def test_help_has_one_form() -> None:
    """Arguments are named as in errors and in the reference; what takes no value shows no type."""
    root: Any = typer.main.get_command(app)
    for name, command in root.commands.items():
        for own in getattr(command, "commands", {"": command}):
            said = CliRunner().invoke(app, [*f"{name} {own}".split(), "--help"]).output
            assert "{" not in said, name
            assert "<bool>" not in said, name


def test_the_list_of_wrong_values_is_complete() -> None:
    """A new option does not get by without a wrong value above."""
    listed = {
        (" ".join(command[: 2 if command[0] in GROUPS else 1]), option)
        for command, options in WRONG.items()
        for option in options
    }
    assert listed | AFTER_A_MARKER == set(_options())


def test_wrong_arguments_and_unknown_options_are_wrong_usage(own: Shell) -> None:
    """A missing argument, an unknown option, a blank name, a key and a file that are not there."""
    assert own.run("company", "create").returncode == 2
    assert own.run("report", "--no-such-option").returncode == 2
    assert "'NAME'" in own.misused("company", "create", " ", "--owner", "u")
    assert "'KEY'" in own.misused("key", "revoke", "blk_none")
    assert "'nowhere' does not exist" in own.run("import", "nowhere").stderr


def test_a_wrong_value_of_a_variable_names_the_variable(own: Shell) -> None:
    """What came from the environment is looked for there."""
    assert "Invalid value for BOTLENS_URL: it must be the address" in own.misused(
        "report", BOTLENS_URL="nowhere"
    )


def test_an_option_that_is_missing_is_wrong_usage(shell: Shell) -> None:
    """With two companies, whose numbers are meant must be said."""
    shell.company()
    shell.company()
    assert "Say which company with --company ID" in shell.misused("report")


def test_what_is_written_twice_is_the_same() -> None:
    """Commands are declared without loading the rooms that know these values."""
    assert tuple(KeyScope) == SCOPES
    assert tuple(Role) == ROLES
    assert tuple(LinkRole) == LINK_ROLES
    assert PERIOD == DEFAULT
    assert PERIODS == PERIOD_NAMES
    assert PARTS == OF_A_LINK


HEAVY = (
    "pydantic_settings",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "starlette",
    "uvicorn",
    "numpy",
    "pyarrow",
    "chdb",
    "clickhouse_connect",
    "httpx2",
    "structlog",
    "prometheus_client",
    "cryptography",
    "msgspec",
)
"""What takes time to load, but for pydantic itself, which Typer uses for what it completes and explains."""

TAB = {"_BOTLENS_COMPLETE": "complete_bash", "COMP_WORDS": "botlens report --per", "COMP_CWORD": "2"}


@pytest.mark.parametrize(("arguments", "more"), [(("--version",), {}), ((), TAB), (("report", "--help"), {})])
def test_what_does_nothing_loads_nothing(
    shell: Shell, arguments: tuple[str, ...], more: dict[str, str]
) -> None:
    """The version, TAB and help are there at once: they load none of the modules that the work needs."""
    done, loaded = _loaded_by(shell, *arguments, **more)
    assert done.stdout
    assert "typer" in loaded
    assert not loaded & set(HEAVY)


def _loaded_by(
    shell: Shell, *arguments: str, **settings: str
) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    tell = "atexit.register(lambda: print(json.dumps(list(sys.modules)), file=sys.stderr))"
    run = f"import sys, atexit, json; {tell}; from botlens.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", run, *arguments],
        capture_output=True,
        text=True,
        env=shell.environment(**settings),
        timeout=60,
    )
    return done, {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


def test_what_reads_and_writes_does_without_pandas(shell: Shell) -> None:
    """A command loads no pandas, which pyarrow would load with the first column, whatever it does."""
    shell.company()
    file = shell.write("day.ndjson", *EXCHANGE)
    done, loaded = _loaded_by(shell, "import", str(file))
    assert done.returncode == 0, done.stderr
    assert "pyarrow" in loaded
    assert "pandas" not in loaded


def test_tab_completes_an_option(shell: Shell) -> None:
    """What the shell asks for is answered."""
    done = shell.run(**TAB)
    assert done.stdout.split() == ["--period"]


def heed_ctrl_c() -> None:
    """As in a terminal; whatever runs the tests in the background may have them ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def stopped_after(shell: Shell, seconds: float, *command: str) -> int | None:
    """The exit code of a command that Ctrl+C meets after so many seconds; None if it met Python alone.

    What comes before `main` runs, which it may do late on a busy machine, is Python's to answer.
    """
    process = subprocess.Popen(
        [*COMMAND, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=shell.folder,
        env={**shell.environment(), "PYTHONFAULTHANDLER": "1"},
        preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - it takes no lock
    )
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # it says where it is
        _, errors = process.communicate(timeout=PATIENCE)
        raise AssertionError(f"it does not end ({process.returncode}):\n{errors}") from None
    ours = str(Path(botlens.__file__).parent)
    met = [line for line in errors.splitlines() if ours in line and not line.endswith("in <module>")]
    assert "Traceback" not in errors or not met, errors
    return None if "Traceback" in errors or process.returncode == -signal.SIGINT else process.returncode


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("command", [("report",), ("import", "a-file")])
def test_ctrl_c_is_never_a_traceback(own: Shell, command: tuple[str, ...]) -> None:
    """Whenever it comes, while loading too: exit code 130 and no traceback, or the command was done."""
    begun = time.monotonic()
    subprocess.run([*COMMAND, *command], cwd=own.folder, env=own.environment(), capture_output=True)
    took = time.monotonic() - begun
    codes = {stopped_after(own, share * took, *command) for share in (0.15, 0.4, 0.65)}
    for percent in range(40, 90, 5):  # the machine may have been quicker, or slower, than at first
        if 130 in codes:
            break
        codes.add(stopped_after(own, percent / 100 * took, *command))
    assert codes <= {0, 130, None}
    assert 130 in codes
