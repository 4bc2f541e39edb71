"""Writes what the page knows of the API: its description, and the catalogue with its English texts.

    python docs/generate_web.py            # write; then `npm run generate` in web/ makes types of it
    python docs/generate_web.py --check    # exit 1 if something is not up to date

No server is needed: the description is that of an app over an empty folder, which is gone afterwards.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botlens.api.app import create_app
from botlens.metrics import pleasantries
from botlens.opening import open_engine
from botlens.query.description import description
from botlens.tenants.credentials import TokenVerifier

WEB = Path(__file__).parents[1] / "web" / "src"

_FACTS_OF_METRICS = ("unit", "type", "better", "kind", "dimensions", "excluded", "drill")
_FACTS_OF_FIELDS = ("type", "operators", "nullable")
_HEAD = "// Made by docs/generate_web.py from the catalogue of the API; do not edit.\n"


def document() -> str:
    """The description of the API, from which openapi-typescript makes types."""
    with tempfile.TemporaryDirectory() as folder, open_engine(folder) as engine:
        described = create_app(engine, TokenVerifier()).product.openapi()
    described["info"]["version"] = ""  # a release changes no types
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def catalogue() -> str:
    """What the page has to know of each metric, dimension and field by its name, as TypeScript."""
    said = description()
    parts = {
        "METRICS": _by_name(said["metrics"], _FACTS_OF_METRICS),
        "DIMENSIONS": _by_name(said["dimensions"], ()),
        "FIELDS": _by_name(said["filters"], _FACTS_OF_FIELDS),
    }
    lines = [_HEAD]
    for name, facts in parts.items():
        lines.append(f"export const {name} = {{")
        lines += [f"  {each}: {json.dumps(what)}," for each, what in facts.items()]
        lines.append("} as const;\n")
    return "\n".join(lines)


def _by_name(shapes: Any, facts: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {each["name"]: {fact: each[fact] for fact in facts} for each in shapes}


def texts() -> str:
    """The English texts of the catalogue that the page says, by the ids that translations name them by."""
    said = description()
    found: dict[str, str] = {}
    for metric in said["metrics"]:
        found |= _texts("metric", metric, ("label", "short", "definition"))
        found[f"metric.{metric['name']}.nothing"] = _plain(metric["when_null"] or "")
    for dimension in said["dimensions"]:
        found |= _texts("dimension", dimension, ("label", "short"))
    for field in said["filters"]:
        found |= _texts("field", field, ("label",))
    for each in said["left_out"]:
        one, many = _plain(each["one"]), _plain(each["many"])
        found[f"left_out.{each['name']}"] = f"{{n, plural, one {{# {one}}} other {{# {many}}}}}"
    spoken = {key: text for key, text in found.items() if text}
    return json.dumps(spoken, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _texts(kind: str, shape: Mapping[str, Any], parts: tuple[str, ...]) -> dict[str, str]:
    return {f"{kind}.{shape['name']}.{part}": _plain(shape[part]) for part in parts}


def _plain(text: str) -> str:
    """A text in which nothing is a placeholder of a message."""
    return text.replace("{", "'{'").replace("}", "'}'")


def greetings() -> str:
    """The rule by which the report leaves out what only greets or thanks: the page has the same list."""
    facts: dict[str, str | int] = {
        "CORE": _ordered(pleasantries._CORE),  # noqa: SLF001
        "BESIDE": _ordered(pleasantries._BESIDE),  # noqa: SLF001
        "MOST_WORDS": pleasantries._MOST_WORDS,  # noqa: SLF001
        "LONGEST": pleasantries._LONGEST,  # noqa: SLF001
    }
    lines = ["// Made by docs/generate_web.py from the rule of `botlens report`; do not edit."]
    lines += [
        f"export const {name} = {json.dumps(fact, ensure_ascii=False)};" for name, fact in facts.items()
    ]
    return "\n".join(lines) + "\n"


def _ordered(phrases: str) -> str:
    """The same phrases in one order, whatever the hashes of texts are; the longest first, as they match."""
    return "|".join(sorted(phrases.split("|"), key=lambda phrase: (-len(phrase), phrase)))


MADE = {
    WEB / "generated" / "openapi.json": document,
    WEB / "generated" / "catalogue.ts": catalogue,
    WEB / "generated" / "greetings.ts": greetings,
    WEB / "texts" / "en" / "catalogue.json": texts,
}


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` only say which are not up to date."""
    checking = "--check" in arguments
    stale = False
    for path, make in MADE.items():
        made = make()
        if path.exists() and path.read_text(encoding="utf-8") == made:
            continue
        stale = True
        if not checking:
            path.write_text(made, encoding="utf-8")
        sys.stdout.write(f"{path.name}: {'not up to date' if checking else 'written'}\n")
    return 1 if stale and checking else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
