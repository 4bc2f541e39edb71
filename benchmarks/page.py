"""The results of a run as the generated part of docs/benchmarks.md.

    python -m benchmarks.page benchmarks/results/full-….json [MORE.json ...]

Of further runs on the same data, the stages that the first did not reach are added.
"""

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Results
from benchmarks.report import number
from benchmarks.targets import verdicts

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- measured -->\n", "<!-- end of measured -->"


def main(path: str, *more: str) -> None:
    given = json.loads(Path(path).read_text())
    for other in more:
        _add(given, json.loads(Path(other).read_text()))
    results = Results(facts=given["facts"], figures=[Figure(**each) for each in given["figures"]])
    page = PAGE.read_text()
    before, rest = page.split(_BEGIN)
    _, after = rest.split(_END)
    PAGE.write_text(before + _BEGIN + measured(results, given["checks"], given["skipped"]) + _END + after)


def _add(given: dict[str, Any], other: dict[str, Any]) -> None:
    reached = {figure["stage"] for figure in given["figures"]}
    given["figures"] += [figure for figure in other["figures"] if figure["stage"] not in reached]
    given["checks"] += other["checks"]


def measured(results: Results, checks: list[dict[str, Any]], skipped: list[dict[str, Any]]) -> str:
    machine = results.facts["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in sorted(machine["packages"].items()))
    failed = [each["what"] for each in checks if not each["passed"]]
    size = f"{machine['cores']} cores, {machine['memory_mib']:,} MiB"
    verdict = f"failed: {'; '.join(failed)}" if failed else "none failed"
    lines = [
        f"Measured on {machine['cpu']}, {size}, Python {machine['python']}; {packages}.",
        "",
        f"Checks of the run: {len(checks) - len(failed)} passed, {verdict}.",
        *(f"Skipped: {each['what']}, {each['why']}." for each in skipped),
        "",
        "## Targets",
        "",
        *_table(("what", "measured", "must", "aim", "reached"), verdicts(results)),
    ]
    for stage, figures in groupby(results.figures, key=lambda figure: figure.stage):
        rows = [
            (
                each.what,
                each.way,
                number(each.value),
                f"{number(each.low)} to {number(each.high)}",
                each.n,
                each.unit,
            )
            for each in figures
        ]
        lines += ["", f"## {stage.capitalize()}", ""]
        lines += _table(("what", "way", "median", "spread", "of", "unit"), rows)
    return "\n".join(lines) + "\n"


def _spread(figure: Figure) -> str:
    return f"{number(figure.low)} to {number(figure.high)}"


def _table(head: tuple[str, ...], rows: Any) -> list[str]:
    cells = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(str(cell) for cell in row) + " |" for row in cells]


if __name__ == "__main__":
    main(*sys.argv[1:])
