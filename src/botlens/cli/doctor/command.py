"""`botlens doctor`: what is missing or wrong, and how to mend it."""

from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url

Verify = Annotated[
    bool, typer.Option("--verify", help="Count everything anew from the raw events, and compare.")
]


def doctor(
    verify: Verify = False,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Check the machine, the settings and the stores; exit code 1 if something is wrong."""
    from botlens.cli.console import out, print_json
    from botlens.cli.doctor.examination import examine
    from botlens.cli.doctor.findings import Symbol

    found = []
    for finding in examine(data_dir, url, company, verify=verify):
        found.append(finding)
        if not json:
            out.print(finding.line(), soft_wrap=True)
    if json:
        print_json([{"mark": each.mark.name.lower(), "what": each.what, "mend": each.mend} for each in found])
    raise typer.Exit(1 if any(each.mark is Symbol.WRONG for each in found) else 0)
