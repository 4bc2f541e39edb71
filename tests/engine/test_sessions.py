"""Login links and sessions, on a real SQLite file and a real PostgreSQL, with a clock that the tests hold."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from botlens.errors import BotlensError, ForbiddenError, InvalidError, NotFoundError, UnauthorizedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.rights import Rights, rights_of
from tests.engine.behind import rows

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class House:
    """Accounts with a company of ann, and the time."""

    accounts: Accounts
    company: str = ""
    now: datetime = field(default=datetime(2026, 3, 18, 12, tzinfo=UTC))

    def link(self, user: str = "bob", role: str | None = None) -> str:
        return self.accounts.create_link(self.company, user, role)[1]

    def log_in(self, user: str = "bob", role: str | None = None) -> str:
        return self.accounts.log_in_by_link(self.link(user, role))[1]

    def refusal(self, secret: str, company: str | None = None) -> str | None:
        """With which code a session is refused; None if it is not."""
        try:
            self.accounts.caller_by_session(secret, company)
        except BotlensError as error:
            return error.code
        return None


@pytest.fixture
def house(accounts_url: str) -> Iterator[House]:
    """With its door open."""
    holder: list[House] = []
    with Accounts.open(accounts_url, clock=lambda: holder[0].now) as accounts:
        holder.append(House(accounts))
        holder[0].company = accounts.create_company("Acme", owner="ann").id
        yield holder[0]


def test_a_link_lets_in_once(house):
    """The first use begins a session of the user with the role of the link; the second is told so."""
    link, secret = house.accounts.create_link(house.company, "bob", "admin")
    assert (link.user, link.role, link.expires_at) == ("bob", "admin", house.now + 10 * MINUTE)
    session, cookie = house.accounts.log_in_by_link(secret)
    assert (session.user, session.company_id, session.until) == ("bob", house.company, house.now + 7 * DAY)
    caller = house.accounts.caller_by_session(cookie)
    assert (caller.who, caller.user, caller.company.id) == ("link:bob", "bob", house.company)
    assert (caller.rights.role, caller.rights.scopes) == ("admin", {"ingest", "read", "admin"})
    with pytest.raises(UnauthorizedError) as refused:
        house.accounts.log_in_by_link(secret)
    assert refused.value.code == "used_link"
    assert house.refusal(cookie) is None


def test_failures_of_a_link_are_told_apart(house):
    """Over, unknown, of another company: and a link that was refused for its company is as good as before."""
    secret = house.link()
    with pytest.raises(ForbiddenError) as wrong:
        house.accounts.log_in_by_link(secret, "c_other")
    assert wrong.value.code == "wrong_company"
    for nonsense in ("", "bll_nothing", secret[:-1], "\ud800\0"):
        with pytest.raises(UnauthorizedError) as unknown:
            house.accounts.log_in_by_link(nonsense)
        assert (unknown.value.code, secret[4:-1] in unknown.value.message) == ("unknown_link", False)
    house.now += 10 * MINUTE - timedelta(seconds=1)
    house.accounts.log_in_by_link(secret, house.company)
    late = house.link()
    house.now += 10 * MINUTE
    with pytest.raises(UnauthorizedError) as over:
        house.accounts.log_in_by_link(late)
    assert over.value.code == "expired_link"


def test_many_who_use_a_link_at_once(house):
    """One of them gets in."""
    secret = house.link()

    def attempt(_: int) -> str:
        try:
            return house.accounts.log_in_by_link(secret)[0].user
        except UnauthorizedError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(attempt, range(8)))
    assert found == ["bob"] + ["used_link"] * 7


def test_nonsense_waits_for_nobody_who_writes(house):
    """Anybody may send it: it is refused while somebody writes, and so keeps nobody who writes waiting."""
    used, late = house.link(), house.link()
    house.accounts.log_in_by_link(used)
    house.now += 10 * MINUTE
    with house.accounts.still():
        for secret, code in (("bll_nothing", "unknown_link"), (used, "used_link"), (late, "expired_link")):
            with pytest.raises(UnauthorizedError) as refused:
                house.accounts.log_in_by_link(secret)
            assert refused.value.code == code
        house.accounts.end_session("bls_nothing")


def test_secrets_are_not_stored(house, accounts_url):
    """Who reads the database can neither use a link nor a session. Both carry 256 bits."""
    link = house.link()
    cookie = house.log_in()
    for table, secret in (("login_links", link), ("login_sessions", cookie)):
        stored = repr(rows(accounts_url, f"SELECT * FROM {{t}}{table}"))
        assert len(secret) == 4 + 43
        assert secret[4:] not in stored
        assert "bob" in stored


def test_a_session_ends_when_it_is_not_used(house):
    """Twelve hours after the last use, which is known to five minutes; each use makes it last."""
    cookie = house.log_in()
    for _ in range(5):
        house.now += 12 * HOUR - MINUTE
        assert house.refusal(cookie) is None
    house.now += 4 * MINUTE
    assert house.refusal(cookie) is None
    house.now += 12 * HOUR
    assert house.refusal(cookie) == "expired_session"


def test_a_session_ends_after_seven_days(house):
    """However much it is used."""
    cookie = house.log_in()
    until = house.now + 7 * DAY
    while house.now < until:
        assert house.refusal(cookie) is None
        house.now += 6 * HOUR
    assert house.refusal(cookie) == "expired_session"


def test_whoever_is_removed_is_logged_out(house):
    """At once, from that company; to be added again does not bring the session or a link back."""
    other = house.accounts.create_company("Other", owner="zed").id
    _, theirs = house.accounts.create_link(other, "bob")
    elsewhere = house.accounts.log_in_by_link(theirs)[1]
    cookie, unused = house.log_in(), house.link()
    house.accounts.remove_member(house.company, "bob")
    assert (house.refusal(cookie), house.refusal(elsewhere)) == ("unknown_session", None)
    house.accounts.add_member(house.company, "bob")
    assert house.refusal(cookie) == "unknown_session"
    with pytest.raises(UnauthorizedError) as refused:
        house.accounts.log_in_by_link(unused)
    assert refused.value.code == "unknown_link"


def test_a_role_holds_from_the_next_request_on(house):
    """A session never gives more than the member is now, nor more than its link did."""
    strong, weak = house.log_in("bob", "admin"), house.log_in("bob", "viewer")

    def role(cookie: str) -> str | None:
        return house.accounts.caller_by_session(cookie).rights.role

    assert (role(strong), role(weak)) == ("admin", "viewer")
    house.accounts.add_member(house.company, "bob", "viewer")
    assert (role(strong), role(weak)) == ("viewer", "viewer")
    house.accounts.add_member(house.company, "bob", "owner")
    assert (role(strong), role(weak)) == ("admin", "viewer")


def test_what_a_link_may_give(house):
    """Never more than the user has, nor than whoever makes it; who is new is a viewer unless said."""
    assert house.accounts.create_link(house.company, "new")[0].role == "viewer"
    assert house.accounts.create_link(house.company, "ann")[0].role == "admin"  # of the owner, at most
    assert house.accounts.create_link(house.company, "boss", "admin")[0].role == "admin"
    roles = {each.user: each.role for each in house.accounts.members(house.company)}
    assert roles == {"ann": "owner", "new": "viewer", "boss": "admin"}
    with pytest.raises(InvalidError) as more:
        house.link("new", "admin")
    assert more.value.field == "role"
    with pytest.raises(InvalidError) as owner:
        house.link("new", "owner")
    assert owner.value.field == "role"
    for by in (rights_of("viewer"), Rights(frozenset({"read", "ingest"}))):
        with pytest.raises(ForbiddenError):
            house.accounts.create_link(house.company, "eve", by=by)
    with pytest.raises(NotFoundError):
        house.accounts.create_link("c_none", "eve")
    assert "eve" not in {each.user for each in house.accounts.members(house.company)}


def test_a_link_opens_no_other_company(house):
    """That a user of this name belongs to another company, too, is nothing that this one can vouch for."""
    other = house.accounts.create_company("Other", owner="bob").id
    cookie = house.log_in("bob")
    assert house.refusal(cookie, other) == "wrong_company"
    assert house.accounts.caller_by_session(cookie, house.company).company.id == house.company


def test_a_login_of_the_host_opens_all_companies_of_the_user(house):
    """It is of the user: the role is that of each company; it ends when the user belongs to none."""
    other = house.accounts.create_company("Other", owner="zed").id
    house.accounts.add_member(other, "ann")
    _, cookie = house.accounts.log_in_by_user("ann")
    own, joined = (house.accounts.caller_by_session(cookie, each) for each in (house.company, other))
    assert [(each.who, each.rights.role) for each in (own, joined)] == [
        *(("user:ann", "owner"), ("user:ann", "viewer"))
    ]
    assert house.refusal(cookie, "c_none") == "wrong_company"
    house.accounts.remove_member(other, "ann")
    assert (house.refusal(cookie, other), house.refusal(cookie)) == ("wrong_company", None)
    house.accounts.add_member(other, "bob")
    _, bobs = house.accounts.log_in_by_user("bob")
    house.accounts.remove_member(other, "bob")
    assert house.refusal(bobs) == "unknown_session"
    with pytest.raises(NotFoundError):
        house.accounts.log_in_by_user("bob")
    with pytest.raises(ForbiddenError):
        house.accounts.log_in_by_user("ann", other)


def test_log_out(house):
    """It ends this session and no other; twice is as good as once."""
    one, two = house.log_in(), house.log_in()
    house.accounts.end_session(one)
    house.accounts.end_session(one)
    assert (house.refusal(one), house.refusal(two)) == ("unknown_session", None)


def test_what_is_over_goes(house, accounts_url):
    """A week after its end, when somebody logs in; of one user there are fifty sessions, the last used."""
    first = house.log_in()
    house.now += 15 * DAY
    cookies = [house.log_in() for _ in range(51)]
    assert rows(accounts_url, "SELECT count(*) FROM {t}login_sessions") == [(50,)]
    assert rows(accounts_url, "SELECT count(*) FROM {t}login_links") == [(51,)]
    assert house.refusal(first) == "unknown_session"
    assert house.refusal(cookies[-1]) is None


def test_a_company_that_is_deleted_takes_them_with_it(house, accounts_url):
    """Links and sessions of it go; a login of the host's finds no company."""
    cookie, unused = house.log_in(), house.link()
    _, hosts = house.accounts.log_in_by_user("ann")
    house.accounts.delete_company(house.company)
    assert house.refusal(cookie) == "unknown_session"
    with pytest.raises(UnauthorizedError):
        house.accounts.log_in_by_link(unused)
    assert house.accounts.caller_by_session(hosts).company is None
    assert rows(accounts_url, "SELECT user_id FROM {t}login_sessions") == [("ann",)]
