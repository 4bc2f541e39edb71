"""`botlens report`: a company's numbers in the terminal, by the same queries that everybody else asks."""

from typing import TYPE_CHECKING, Annotated

import typer

from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, Url, settings_of
from botlens.errors import InvalidError

if TYPE_CHECKING:
    from botlens.query.period import Span

_WIDEST = 100
_FEW = 10
PERIOD = "30d"
"""`query.period.DEFAULT`, which takes a while to load."""

PERIODS = (
    *("today", "yesterday", "7d", "30d", "90d", "week", "last_week", "month", "last_month", "quarter"),
    *("ytd", "12mo", "all"),
)
"""`query.period.PERIOD_NAMES`, too."""

ChatbotOption = Annotated[
    list[str] | None,
    typer.Option("--chatbot", help="Of this chatbot alone; again for more.", show_default=False),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(
        "--period",
        help=f"{', '.join(PERIODS)}; also any number of days (45d) or months (6mo).",
        show_default=PERIOD,
    ),
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--tz", help="IANA zone of the days; else the chatbot's own, if it is one; else the company's."
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option("--from", help="Instead of a period: its first day (2026-03-01), or a time with an offset."),
]
End = Annotated[
    str | None, typer.Option("--to", help="Its last day, included, or the time before which it ends.")
]
Everything = Annotated[bool, typer.Option("--all", help=f"Every chatbot, not the {_FEW} busiest alone.")]


def report(
    company: CompanyId = None,
    chatbot: ChatbotOption = None,
    period: PeriodOption = None,
    tz: Zone = None,
    start: FromOption = None,
    end: End = None,
    everything: Everything = False,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
    url: Url = None,
) -> None:
    """Print a company's numbers: how they changed, by day, by chatbot, by question, by hour."""
    from botlens.cli.console import out, print_json, print_page
    from botlens.cli.report.page import ReportPage, report_lines
    from botlens.cli.report.queries import ReportRequest, answers_of
    from botlens.client.access import access, target_of

    settings = settings_of(data_dir, url)
    span = _span(period, start, end)
    target = target_of(settings, company)
    width = _WIDEST if json else min(out.width, _WIDEST)
    asked = ReportRequest(span, tz or None, tuple(chatbot or ()), None if everything else _FEW)
    with access(settings, target, "report") as api:
        answers = answers_of(api, asked, width)
        names = {each["chatbot_id"]: each["name"] for each in api.get("/v1/chatbots")["chatbots"]}
    if json:
        print_json(answers.by_name())
        return
    name = target.company.name if target.company else str(settings.url)
    print_page(report_lines(ReportPage(name, asked, answers, names, width)))


def _span(period: str | None, start: str | None, end: str | None) -> "Span":
    if not start and not end:
        return period or PERIOD
    if period:
        raise InvalidError(
            "Say --period, or --from and --to, not both.", code="invalid_period", field="period"
        )
    return {name: value for name, value in (("from", start), ("to", end)) if value}
