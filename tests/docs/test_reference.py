"""The reference says what the code does; a page that no longer does fails here."""

import ast
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import typer.main

from botlens import errors
from botlens.cli.main import app
from botlens.events.types import EVENT_TYPES
from botlens.settings import Settings, variable
from tests.conftest import World
from tests.docs.pages import ROOT, SOURCE, codes_in_source, reference


def test_generated_parts_are_up_to_date() -> None:
    """`python docs/generate.py` would change nothing."""
    command = [sys.executable, "docs/generate.py", "--check"]
    check = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert check.returncode == 0, f"{check.stdout}{check.stderr}Run: python docs/generate.py"


def test_error_codes() -> None:
    """Every code of the source has a row in the reference, and every row has its code in the source."""
    documented = set(re.findall(r"^\|(?: \w+ \|)? `(\w+)` \|", reference("errors.md"), re.MULTILINE))
    assert documented == codes_in_source()


def test_statuses_of_errors() -> None:
    """The status beside a code is the one that its class answers with."""
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \|", reference("errors.md"), re.MULTILINE)
    stated = {code: int(status) for status, code in rows}
    classes = [each for each in vars(errors).values() if isinstance(each, type) and hasattr(each, "status")]
    assert classes
    for each in classes:
        assert stated.get(each.code, each.status) == each.status
    assert set(stated.values()) - {405} == {each.status for each in classes}


def test_settings() -> None:
    """Every setting has a row in the reference."""
    page = reference("settings.md")
    known = {variable(name) for name in Settings.model_fields}
    assert set(re.findall(r"^\| `(BOTLENS_\w+)` \|", page, re.MULTILINE)) == known


def test_variables_anywhere() -> None:
    """No page names a variable that is no setting."""
    known = {variable(name) for name in Settings.model_fields}
    for page in (ROOT / "docs").rglob("*.md"):
        assert set(re.findall(r"\bBOTLENS_[A-Z]\w*", page.read_text(encoding="utf-8"))) <= known, page


def commands(group: Any, name: str = "botlens") -> list[tuple[str, Any]]:
    found = []
    for each, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, f"{name} {each}")
        else:
            found.append((f"{name} {each}", command))
    return found


@pytest.mark.parametrize(("name", "command"), commands(typer.main.get_command(app)))
def test_flags(name: str, command: Any) -> None:
    """Every command has a heading in the reference, and every flag of it a row there."""
    section = re.search(
        rf"^### `{re.escape(name)}\b.*?(?=^###|\Z)", reference("cli.md"), re.MULTILINE | re.DOTALL
    )
    assert section, name
    for parameter in command.params:
        for flag in (*parameter.opts, *parameter.secondary_opts):
            if flag.startswith("-"):
                assert f"`{flag}`" in section[0]


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_event_fields(name: str) -> None:
    """Every event type has a section, and every field a row in it."""
    section = re.search(rf"^### `{name}`.*?(?=^###|\Z)", reference("events.md"), re.MULTILINE | re.DOTALL)
    assert section
    assert re.findall(r"^\| `(\w+)` \|", section[0], re.MULTILINE) == list(
        EVENT_TYPES[name].__struct_fields__
    )


def test_routes(world: World) -> None:
    """Every route has a section in the reference, with an example, and every section has its route."""
    paths = world.client.get("/openapi.json").json()["paths"]
    known = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    sections = re.findall(r"^## `(.+?)`\n(.*?)(?=^## |\Z)", reference("http.md"), re.MULTILINE | re.DOTALL)
    assert {heading for heading, _ in sections} == known
    for heading, body in sections:
        assert "```sh\ncurl" in body or "| curl" in body, heading


def test_jobs(world: World) -> None:
    """Every job has a row, which says how often it is done."""
    section = reference("http.md").split("## `GET /v1/jobs`\n")[1].split("\n## ")[0]
    periods = {"minute": timedelta(minutes=1), "five minutes": timedelta(minutes=5)}
    periods |= {"hour": timedelta(hours=1), "day": timedelta(days=1), "all the time": timedelta(0)}
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+?)(?:,| \|)", section, re.MULTILINE)
    said = {name: periods.get(every) for name, every in rows}
    assert said == {each.job.name: each.job.period for each in world.engine.jobs.states()}


def names_of_metrics() -> set[str]:
    """What `/metrics` may have, without the ends that Prometheus' client puts there (`_total`, `_info`)."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        if "prometheus_client" not in (source := path.read_text(encoding="utf-8")):
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Constant(value=str(text)) if re.fullmatch(r"botlens_[a-z_]+", text):
                    found.add(text)
                case ast.Call(func=ast.Name(id="_Work"), args=[ast.Constant(value=str(name)), *_]):
                    found |= {f"botlens_{name}_seconds", f"botlens_{name}_age_seconds"}
    return found


def test_metrics() -> None:
    """Every metric of the source stands in the table of `/metrics`, and every one there is in the source."""
    section = reference("http.md").split("## `GET /metrics`\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE)
    stated = {name for cell in cells for name in re.findall(r"`(botlens_[a-z_]+)", cell)}
    known = names_of_metrics()
    assert len(known) > 25
    assert {re.sub("_(total|info)$", "", each) for each in stated} == known


def test_seed_fields(world: World) -> None:
    """Every field of the seed contract has a row in its reference, in the order of the answer."""
    schemas = world.client.get("/openapi.json").json()["components"]["schemas"]
    page = reference("seed-contract.md")
    for heading, shape in (("Chatbot object", "ChatbotNumbersShape"), ("Overview object", "Overview")):
        section = page.split(f"## {heading}\n")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
        fields = [field for row in rows for field in re.findall(r"`(\w+)`", row)]
        assert fields == list(schemas[shape]["properties"])
