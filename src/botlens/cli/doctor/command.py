"""`botlens doctor`: what is missing or wrong, and how to mend it."""

from typing import Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url

DatabaseUrl = Annotated[
    str | None,
    typer.Argument(
        help="postgresql://..., or @FILE that holds it: a database to be followed. Look at it instead, "
        "before anything is read from it.",
        show_default=False,
    ),
]
MappingName = Annotated[
    str,
    typer.Option(
        "--mapping",
        envvar="BOTLENS_SYNC_MAPPING",
        help="What its tables mean: supabase, chatwoot, dify, or a TOML file.",
    ),
]
Verify = Annotated[
    bool, typer.Option("--verify", help="Count everything anew from the raw events, and compare.")
]


def doctor(
    source: DatabaseUrl = None,
    mapping: MappingName = "supabase",
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
    findings = examine(data_dir, url, company, verify=verify)
    if source is not None:
        from botlens.cli.doctor.source import examine_database

        findings = examine_database(source, mapping, data_dir)
    for finding in findings:
        found.append(finding)
        if not json:
            out.print(finding.line(), soft_wrap=True)
    if json:
        print_json([{"mark": each.mark.name.lower(), "what": each.what, "mend": each.mend} for each in found])
    raise typer.Exit(1 if any(each.mark is Symbol.WRONG for each in found) else 0)
