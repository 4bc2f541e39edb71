"""The doctor's look at the settings: names, plans, what JWTs are checked with, accounts."""

import difflib
import os
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2

from botlens.cli.console import counted
from botlens.cli.doctor.findings import Finding, fine, note, wrong
from botlens.errors import BotlensError
from botlens.opening import accounts_of
from botlens.settings import PREFIX, Settings, variable
from botlens.tenants.synced.values import KnownSource

_SUPABASE = ("supabase.co", "supabase.com")
_SECONDS = 5


def unknown_names() -> Iterator[Finding]:
    """Variables that look like settings but are none: most often a slip, and silent otherwise."""
    known = [variable(name) for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            mend = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
            yield note(f"{name} is set, but is no setting of botlens.", mend)


def plans(settings: Settings) -> Finding:
    """Whether the plans are well configured."""
    try:
        names = settings.all_plans()
    except BotlensError as error:
        return wrong(error.message)
    return fine(f"Plans {', '.join(names)}")


def tokens(settings: Settings) -> Iterator[Finding]:
    """Whether JWTs can be checked, and as they should be."""
    try:
        verifier = settings.tokens()
    except BotlensError as error:
        yield wrong(error.message)
        return
    if not verifier.enabled:
        yield fine("API keys only: no JWTs are configured")
        if settings.jwt_audience or settings.jwt_issuer:
            mend = "Set BOTLENS_JWT_SECRET or BOTLENS_JWT_JWKS_URL too, for JWTs to be accepted."
            yield note("A JWT audience or issuer is set, but nothing to check signatures with.", mend)
        return
    if verifier.jwks_url:
        yield _public_keys(verifier.jwks_url)
    yield _audience(settings, verifier.audience)


def accounts(settings: Settings) -> Iterator[Finding]:
    """Whether the accounts database answers, and who is in it."""
    if settings.accounts_url is None and not (settings.data_dir / "accounts.db").exists():
        return
    try:
        with accounts_of(settings) as opened:
            companies = opened.companies()
            own = [each for each in companies if each.source is None]
            lost = Counter(each.plan for each in own if each.plan not in opened.plans)
            erasures, sources = len(opened.erasures()), opened.sources()
    except BotlensError as error:
        yield wrong(f"Accounts: {error.message}", _accounts_mend(settings))
        return
    number = f"{len(companies)} {'company' if len(companies) == 1 else 'companies'}"
    yield fine(f"Accounts database answers ({number})")
    if erasures:
        what = f"{erasures} deleted chatbots or companies are not erased from the disk yet."
        yield note(
            what, "The next process on these events goes on; `GET /v1/jobs` of a server says how far it is."
        )
    for plan, count in sorted(lost.items()):
        are = f"{count:,} {'company is' if count == 1 else 'companies are'}"
        what = f"{are} on the plan '{plan}', which is not configured and counts as free."
        yield wrong(what, "Add it to BOTLENS_PLANS.")
    for source in sources:
        yield from _source(source)


def _source(source: KnownSource) -> Iterator[Finding]:
    number = f"companies: {source.companies:,}, chatbots: {source.chatbots:,}"
    yield fine(f"Accounts of the source {source.name} ({number})")
    for hold in source.holds:
        mend = f"If that is so: botlens source confirm {source.name}. If not, look at the rights of its role."
        yield wrong(hold.sentence, "" if hold.is_confirmed else mend)
    yield from (note(each) for each in source.remarks)


def _accounts_mend(settings: Settings) -> str:
    return "Check BOTLENS_ACCOUNTS_URL, and that the database runs." if settings.accounts_url else ""


def _public_keys(url: str) -> Finding:
    try:
        answer = httpx2.get(url, timeout=_SECONDS, follow_redirects=True)
        keys = answer.raise_for_status().json()["keys"]
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError) as error:
        return wrong(
            f"No JWKS can be fetched from {url} ({error!r}).",
            "Check BOTLENS_JWT_JWKS_URL or BOTLENS_SUPABASE_URL.",
        )
    return (
        fine(f"JWKS answers ({counted(len(keys), 'key')})") if keys else wrong(f"The JWKS at {url} is empty.")
    )


def _audience(settings: Settings, audience: str | None) -> Finding:
    if audience:
        return fine(f"JWTs must be for the audience '{audience}'")
    what = "BOTLENS_JWT_AUDIENCE is not set: JWTs that carry an `aud` are refused."
    if _on_supabase(settings):
        return wrong(what, "Supabase tokens carry one: set BOTLENS_SUPABASE_URL, which says what they carry.")
    return note(what, "If yours do (Supabase's do: 'authenticated'), set it.")


def _on_supabase(settings: Settings) -> bool:
    hosts = [urlsplit(settings.jwt_jwks_url or "").hostname or ""]
    hosts.append(urlsplit(settings.jwt_issuer or "").hostname or "")
    if settings.accounts_url:
        try:
            hosts.append(urlsplit(settings.accounts_url).hostname or "")
        except ValueError:
            hosts.append("")
    return any(host == name or host.endswith(f".{name}") for host in hosts for name in _SUPABASE)
