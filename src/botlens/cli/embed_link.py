"""`botlens embed-link`: what pages elsewhere may show of a bot."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from botlens.cli.command import Command
from botlens.cli.options import DATA_DIR, CompanyId, DataDir, Json, accounts_in, local_company, settings_of
from botlens.moments import iso_of

if TYPE_CHECKING:
    from botlens.tenants.embed_link import EmbedLink

app = typer.Typer(no_args_is_help=True, help="Embed links: what pages elsewhere may show of a bot.")

PARTS = (
    *("cards", "chart", "questions", "unanswered", "hours", "languages", "channels", "outcomes"),
    *("depth", "drop_off", "retention", "ratings", "conversations"),
)
"""`tenants.embed_link.PARTS`, which takes a while to load."""

LinkId = Annotated[str, typer.Argument(metavar="LINK", help="Its id, from `botlens embed-link list`.")]


def _optional(text: str) -> Any:
    return typer.Option(help=text, show_default=False)


@app.command(cls=Command)
def create(
    chatbot: Annotated[str, typer.Argument(help="Which bot.")],
    name: Annotated[str, typer.Option(help="For people.")] = "embed",
    part: Annotated[
        list[str] | None,
        _optional(f"A part of the page; again for more: {', '.join(PARTS)}. The first three if absent."),
    ] = None,
    filters: Annotated[
        str, typer.Option(help="Filters that are always true, as JSON, as in a query.")
    ] = "[]",
    first_day: Annotated[str | None, _optional("The first local day that is shown.")] = None,
    last_day: Annotated[str | None, _optional("The last one.")] = None,
    history_days: Annotated[int | None, _optional("So many days before today, at most.")] = None,
    theme: Annotated[str, typer.Option(help="system, light or dark.")] = "system",
    accent: Annotated[str | None, _optional("A colour, #rrggbb.")] = None,
    language: Annotated[str | None, _optional("en or de; the browser's if absent.")] = None,
    origin: Annotated[
        list[str] | None, _optional("Whose pages may frame it, as https://app.example.com; again for more.")
    ] = None,
    transcripts: Annotated[
        bool, typer.Option("--transcripts", help="Conversations may be listed and read.")
    ] = False,
    expires_at: Annotated[
        str | None, _optional("When it ends, as 2026-12-31T00:00:00+01:00; when it is revoked if absent.")
    ] = None,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a link, and print the address of its page: shown this once."""
    from botlens.cli.console import err, out, print_json
    from botlens.embedding import create_embed_link
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        link, secret = create_embed_link(
            accounts,
            owner.id,
            chatbot,
            who="local",
            name=name,
            parts=part or PARTS[:3],
            filters=_json(filters),
            first_day=_day("first_day", first_day),
            last_day=_day("last_day", last_day),
            history_days=history_days,
            theme=theme,
            accent=accent,
            language=language,
            origins=origin or [],
            transcripts=transcripts,
            expires_at=_moment(expires_at),
        )
    url = _site(settings).embed_link(link.id, secret)
    if json:
        print_json({"link": _shape(link), "secret": secret, "url": url})
        return
    out.print(url, markup=False, soft_wrap=True)
    framed = "pages of " + ", ".join(link.origins) if link.origins else "no page: name its --origin"
    err.print(f"{link.id}, for frames in {framed}. The part behind # is shown this once.", markup=False)


@app.command("list", cls=Command)
def list_all(company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """List the embed links of a company, the newest first."""
    from botlens.cli.console import print_json, print_table

    with accounts_in(data_dir, company) as (accounts, owner):
        links = accounts.embed_links(owner.id)
    if json:
        print_json([_shape(each) for each in links])
        return
    rows = ((each.id, each.name, each.chatbot_id, " ".join(each.origins), _end(each)) for each in links)
    print_table(
        ("Id", "Name", "Bot", "Origins", "Ends (UTC)"), rows, wraps=("Name", "Bot", "Origins", "Ends (UTC)")
    )


@app.command(cls=Command)
def revoke(link: LinkId, company: CompanyId = None, json: Json = False, data_dir: DataDir = DATA_DIR) -> None:
    """End a link and all its tokens at once."""
    from botlens.cli.console import out, print_json

    with accounts_in(data_dir, company) as (accounts, owner):
        revoked = accounts.revoke_embed_link(owner.id, link)
    if json:
        print_json(_shape(revoked))
        return
    out.print(f"{revoked.id} reads nothing any more.", markup=False)


@app.command(cls=Command)
def token(
    link: LinkId,
    seconds: Annotated[int, typer.Option(help="How long it lasts: 60 to 86400.")] = 3_600,
    company: CompanyId = None,
    json: Json = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a token of a link, for one reader, and print the address of the page with it."""
    from datetime import timedelta

    from botlens.cli.console import out, print_json
    from botlens.opening import accounts_of

    settings = settings_of(data_dir)
    owner = local_company(settings, company)
    with accounts_of(settings) as accounts:
        made, expires_at = accounts.create_embed_token(owner.id, link, timedelta(seconds=seconds))
    url = _site(settings).embed_link(link, made)
    if json:
        print_json({"token": made, "url": url, "expires_at": iso_of(expires_at)})
        return
    out.print(url, markup=False, soft_wrap=True)


def _site(settings: Any) -> Any:
    from botlens.api.auth.public_address import PublicAddress
    from botlens.cli.link import address_of

    return PublicAddress(address_of(settings))


def _json(text: str) -> Any:
    import msgspec

    from botlens.errors import InvalidError

    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidError("it is not JSON.", field="filters") from None


def _day(field: str, text: str | None) -> date | None:
    from botlens.errors import InvalidError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidError("it is written like 2026-03-01.", field=field) from None


def _moment(text: str | None) -> datetime | None:
    from botlens.errors import InvalidError

    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError("it is written like 2026-12-31T00:00:00+01:00.", field="expires_at") from None


def _end(link: "EmbedLink") -> str:
    from botlens.cli.console import utc_day, utc_text

    if link.revoked_at is not None:
        return f"revoked {utc_day(link.revoked_at)}"
    return "" if link.expires_at is None else utc_text(link.expires_at)


def _shape(link: "EmbedLink") -> dict[str, Any]:
    import msgspec

    return {
        "id": link.id,
        "name": link.name,
        "chatbot_id": link.chatbot_id,
        "parts": link.parts,
        "filters": msgspec.json.decode(link.filters),
        "first_day": link.first_day,
        "last_day": link.last_day,
        "history_days": link.history_days,
        "theme": link.theme,
        "accent": link.accent,
        "language": link.language,
        "origins": link.origins,
        "transcripts": link.transcripts,
        "expires_at": iso_of(link.expires_at),
        "revoked_at": iso_of(link.revoked_at),
        "who": link.who,
    }
