"""What `Accounts` promises, on a real SQLite file and a real PostgreSQL."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import get_ident

import pytest
from sqlalchemy import Engine, event

from botlens.database.memory import NUMBER
from botlens.errors import InvalidError, NotFoundError, UnauthorizedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.plans import DEFAULT_PLANS, plans_from
from tests.engine.behind import rows


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that this thread sends meanwhile, without transaction control."""
    seen: list[str] = []
    own = get_ident()  # jobs of an engine that other tests share go on

    def see(_connection, _cursor, statement, *_rest):
        if get_ident() == own and not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", see)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", see)


# Companies and their people


def test_a_company_comes_back_as_it_was_made_after_reopening(accounts_url):
    """What is made is durable, and its time is in UTC to the microsecond."""
    before = datetime.now(UTC)
    with Accounts.open(accounts_url) as accounts:
        made = accounts.create_company("Ácme 🤖", owner="ann", plan="pro", timezone="Asia/Kathmandu")
    with Accounts.open(accounts_url) as accounts:
        found = accounts.company(made.id)
        assert found == made
        assert accounts.companies() == [made]
    assert (made.name, made.owner, made.plan, made.timezone) == ("Ácme 🤖", "ann", "pro", "Asia/Kathmandu")
    assert before <= found.created_at <= datetime.now(UTC)
    assert found.created_at.utcoffset() == timedelta(0)
    assert made.id.startswith("c_")
    assert len(made.id) == 18


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"plan": "gold"}, "plan", "free, starter, pro, enterprise"),
        ({"timezone": "Berlin"}, "timezone", "Europe/Berlin"),
        ({"timezone": "../etc/passwd"}, "timezone", "Europe/Berlin"),
        ({"timezone": "Europe"}, "timezone", "Europe/Berlin"),
        ({"name": "  "}, "name", "blank"),
        ({"name": "a\0b"}, "name", "NUL"),
        ({"name": "x" * 201}, "name", "200"),
        ({"owner": ""}, "owner", "sub"),
        ({"company_id": ""}, "company_id", "128"),
        ({"company_id": "\ud800"}, "company_id", "128"),
    ],
)
def test_a_company_that_cannot_be_is_refused_and_says_why(accounts, wrong, field, says):
    """A wrong value is named, the message helps, and nothing is kept."""
    with pytest.raises(InvalidError) as refused:
        accounts.create_company(**{"name": "Acme", "owner": "ann"} | wrong)
    assert refused.value.field == field
    assert says in refused.value.message
    refused.value.message.encode()  # it must fit into a response
    assert accounts.companies() == []


def test_a_company_id_is_given_once(accounts):
    """A second company with the same id is refused and leaves the first as it is."""
    first = accounts.create_company("Acme", owner="ann", company_id="acme")
    with pytest.raises(InvalidError) as refused:
        accounts.create_company("Other", owner="bob", company_id="acme", plan="pro")
    assert refused.value.code == "already_exists"
    assert accounts.companies() == [first]


def test_the_company_of_a_user_is_its_own_before_one_it_is_a_member_of(accounts):
    """Owned beats joined, older beats newer, and who has none gets None."""
    theirs = accounts.create_company("Theirs", owner="bob")
    newer = accounts.create_company("Theirs too", owner="bob")
    accounts.add_member(newer.id, "ann")
    accounts.add_member(theirs.id, "ann")
    assert accounts.company_of_user("ann") == newer  # she joined this one first
    accounts.add_member(newer.id, "ann")
    assert accounts.company_of_user("ann") == newer  # joining again does not make it later
    own = accounts.create_company("Own", owner="ann")
    assert accounts.company_of_user("ann") == own
    assert accounts.company_of_user("bob") == theirs
    assert accounts.company_of_user("eve") is None


# Plans


def test_changing_the_plan_keeps_the_history_of_subscriptions(accounts, accounts_url):
    """The old subscription ends exactly where the new one starts; the same plan again changes nothing."""
    company = accounts.create_company("Acme", owner="ann", plan="starter")
    assert accounts.set_plan(company.id, "pro").plan == "pro"
    accounts.set_plan(company.id, "pro")
    assert accounts.company(company.id).plan == "pro"
    assert [found.plan for found in accounts.companies()] == ["pro"]
    history = rows(accounts_url, "SELECT plan, started_at, ended_at FROM {t}subscriptions ORDER BY id")
    assert [row[0] for row in history] == ["starter", "pro"]
    assert history[0][2] == history[1][1]
    assert history[1][2] is None


def test_an_unknown_plan_or_company_changes_nothing(accounts):
    """A slip in a plan's name does not take the plan away."""
    company = accounts.create_company("Acme", owner="ann", plan="pro")
    with pytest.raises(InvalidError) as refused:
        accounts.set_plan(company.id, "Pro")
    assert refused.value.field == "plan"
    with pytest.raises(NotFoundError):
        accounts.set_plan("c_none", "pro")
    assert accounts.company(company.id) == company


def test_plan_of_follows_the_configuration(accounts_url):
    """Limits come from the configured plans; a plan that is gone counts as free."""
    plans = plans_from(
        {"pro": {"conversations_per_month": 7}, "gold": {"analytics": True, "conversations_per_month": -1}}
    )
    with Accounts.open(accounts_url, plans=plans) as accounts:
        pro = accounts.create_company("Acme", owner="ann", plan="pro")
        gold = accounts.create_company("Acme", owner="ann", plan="gold")
        assert accounts.plan_of(pro) == replace(DEFAULT_PLANS["pro"], conversations_per_month=7)
    with Accounts.open(accounts_url) as accounts:
        assert accounts.plan_of(pro) == DEFAULT_PLANS["pro"]
        assert accounts.plan_of(gold) == DEFAULT_PLANS["free"]


def test_plans_are_as_promised_where_nothing_is_configured():
    """The published limits of the four plans."""
    limits = {plan.name: (plan.analytics, plan.conversations_per_month) for plan in plans_from({}).values()}
    assert limits == {
        "free": (False, 100),
        "starter": (True, 1_000),
        "pro": (True, 10_000),
        "enterprise": (True, -1),
    }


@pytest.mark.parametrize(
    ("configured", "field"),
    [
        ({"pro": {"conversations": 5}}, "plans.pro.conversations"),
        ({"pro": {"analytics": "yes"}}, "plans.pro.analytics"),
        ({"pro": {"conversations_per_month": True}}, "plans.pro.conversations_per_month"),
        ({"pro": {"conversations_per_month": -2}}, "plans.pro.conversations_per_month"),
        ({"pro": {"conversations_per_month": 1.5}}, "plans.pro.conversations_per_month"),
        ({"gold": {"analytics": True}}, "plans.gold.conversations_per_month"),
        ({"pro": 5}, "plans.pro"),
        ({" ": {}}, "plans"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_names_the_setting(configured, field):
    """A slip in the configuration stops the start, and says where it is."""
    with pytest.raises(InvalidError) as refused:
        plans_from(configured)
    assert refused.value.field == field


# Chatbots


def test_a_chatbot_starts_with_the_defaults_and_an_update_keeps_the_rest(accounts):
    """A partial update changes what it names, and None is a value that it may name."""
    company = accounts.create_company("Acme", owner="ann")
    bot, created = accounts.put_chatbot(company.id, "bot")
    assert created
    defaults = (bot.name, bot.is_published, bot.confidence_threshold, bot.timezone, bot.average_rating)
    assert defaults == (None, True, 0.2, None, None)
    changed, created = accounts.put_chatbot(
        company.id, "bot", name="Hà", confidence_threshold=1, timezone="UTC", average_rating=4.3
    )
    assert not created
    _, created = accounts.put_chatbot(company.id, "bot", is_published=False, name=None)
    assert not created
    found = accounts.chatbot(company.id, "bot")
    assert (found.name, found.is_published, found.confidence_threshold) == (None, False, 1.0)
    assert (found.timezone, found.average_rating) == ("UTC", 4.3)
    assert changed.name == "Hà"


@pytest.mark.parametrize(
    ("chatbot_id", "wrong", "field"),
    [
        ("", {}, "chatbot_id"),
        ("x" * 129, {}, "chatbot_id"),
        ("a\0b", {}, "chatbot_id"),
        (7, {}, "chatbot_id"),
        ("bot", {"confidence_threshold": 1.01}, "confidence_threshold"),
        ("bot", {"confidence_threshold": -0.1}, "confidence_threshold"),
        ("bot", {"confidence_threshold": math.nan}, "confidence_threshold"),
        ("bot", {"confidence_threshold": None}, "confidence_threshold"),
        ("bot", {"confidence_threshold": True}, "confidence_threshold"),
        ("bot", {"timezone": "Mars/Olympus"}, "timezone"),
        ("bot", {"name": "x" * 201}, "name"),
        ("bot", {"is_published": "yes"}, "is_published"),
        ("bot", {"average_rating": 5.1}, "average_rating"),
        ("bot", {"average_rating": math.inf}, "average_rating"),
    ],
)
def test_a_chatbot_that_cannot_be_is_refused_and_nothing_is_kept(accounts, chatbot_id, wrong, field):
    """A wrong value names its field; the right values beside it are not half kept."""
    company = accounts.create_company("Acme", owner="ann")
    with pytest.raises(InvalidError) as refused:
        accounts.put_chatbot(company.id, chatbot_id, **{"average_rating": 4.0} | wrong)
    assert refused.value.field == field
    assert accounts.chatbots(company.id) == []


def test_one_company_never_sees_anothers_chatbots(accounts):
    """The same id in two companies is two chatbots; another company's looks like none at all."""
    ours, theirs = (accounts.create_company(name, owner=name) for name in ("ours", "theirs"))
    accounts.put_chatbot(ours.id, "bot", name="Ours")
    accounts.put_chatbot(theirs.id, "bot", name="Theirs")
    accounts.put_chatbot(theirs.id, "secret")
    assert accounts.chatbot(ours.id, "bot").name == "Ours"
    assert accounts.chatbot(theirs.id, "bot").name == "Theirs"
    assert accounts.chatbot(ours.id, "secret") is None
    assert [bot.id for bot in accounts.chatbots(ours.id)] == ["bot"]


def test_chatbots_are_ordered_by_id_the_same_on_every_database(accounts):
    """By code point, whatever the collation of the database."""
    company = accounts.create_company("Acme", owner="ann")
    for chatbot_id in ["b", "a-1", "É", "B", "a1", "10", "9"]:
        accounts.put_chatbot(company.id, chatbot_id)
    assert [bot.id for bot in accounts.chatbots(company.id)] == ["10", "9", "B", "a-1", "a1", "b", "É"]


def test_a_chatbot_needs_a_company(accounts):
    """A chatbot of nobody is refused by name, not by a foreign key."""
    with pytest.raises(NotFoundError) as missing:
        accounts.put_chatbot("c_none", "bot")
    assert missing.value.code == "unknown_company"


def test_text_that_a_database_cannot_hold_is_simply_not_found(accounts):
    """A NUL or half a surrogate pair in a URL is a 404, never a crash, on either database."""
    company = accounts.create_company("Acme", owner="ann")
    for odd in ["a\0b", "\ud800"]:
        assert accounts.company(odd) is None
        assert accounts.chatbot(company.id, odd) is None
        assert accounts.chatbots(odd) == []
        assert accounts.keys(odd) == []
        assert accounts.caller_by_user(odd).company is None
        with pytest.raises(UnauthorizedError):
            accounts.caller_by_key("blk_" + odd)
        with pytest.raises(NotFoundError):
            accounts.revoke_key(company.id, odd)
        with pytest.raises(NotFoundError):
            accounts.create_key(odd)


# API keys


def test_a_key_names_its_company_and_scopes_with_one_query(accounts):
    """A request with a key costs one question to the database; the answer has the current plan."""
    company = accounts.create_company("Acme", owner="ann")
    accounts.create_company("Other", owner="bob")
    key, secret = accounts.create_key(company.id, scopes=["ingest"], name="site")
    accounts.set_plan(company.id, "pro")
    with statements() as sent:
        caller = accounts.caller_by_key(secret)
    assert len([each for each in sent if each != NUMBER]) == 1  # and whether anybody has written
    assert caller.company == accounts.company(company.id)
    assert caller.company.plan == "pro"
    assert caller.rights.scopes == {"ingest"}
    assert caller.who == "key:site"
    assert key.name == "site"


def test_the_secret_of_a_key_is_handed_out_once_and_not_stored(accounts, accounts_url):
    """Who reads the database cannot use the keys in it."""
    company = accounts.create_company("Acme", owner="ann")
    key, secret = accounts.create_key(company.id, name="site")
    assert secret.startswith("blk_")
    assert len(secret) == 4 + 43
    assert key.prefix == secret[:12]
    stored = repr(rows(accounts_url, "SELECT * FROM {t}api_keys"))
    assert key.prefix in stored
    assert secret[12:] not in stored
    assert accounts.keys(company.id) == [key]
    assert secret[12:] not in repr(key)


def test_keys_are_never_the_same(accounts):
    """Each secret is new."""
    company = accounts.create_company("Acme", owner="ann")
    assert len({accounts.create_key(company.id)[1] for _ in range(20)}) == 20


@pytest.mark.parametrize("named_by", ["id", "prefix"])
def test_a_revoked_key_ends_at_once_and_stays_listed(accounts, named_by):
    """Revoking takes away that key alone, says so to its holder, and twice is as good as once."""
    company = accounts.create_company("Acme", owner="ann")
    key, secret = accounts.create_key(company.id)
    kept, kept_secret = accounts.create_key(company.id)
    revoked = accounts.revoke_key(company.id, getattr(key, named_by))
    assert revoked.id == key.id
    assert revoked.revoked_at >= key.created_at
    with pytest.raises(UnauthorizedError) as refused:
        accounts.caller_by_key(secret)
    assert refused.value.code == "revoked_key"
    assert accounts.revoke_key(company.id, key.id) == revoked
    assert accounts.keys(company.id) == [revoked, kept]
    assert accounts.caller_by_key(kept_secret).company == company


def test_a_key_that_does_not_exist_is_refused_without_repeating_it(accounts):
    """Not even a message shows what somebody tried, nor whether a prefix was right."""
    company = accounts.create_company("Acme", owner="ann")
    _, secret = accounts.create_key(company.id)
    for wrong in [secret[:-1], secret + "x", secret.lower(), "", "blk_"]:
        with pytest.raises(UnauthorizedError) as refused:
            accounts.caller_by_key(wrong)
        assert refused.value.code == "invalid_key"
        assert secret[:12] not in refused.value.message


def test_a_company_cannot_revoke_anothers_key(accounts):
    """Another company's key looks like none at all, and goes on working."""
    ours, theirs = (accounts.create_company(name, owner=name) for name in ("ours", "theirs"))
    key, secret = accounts.create_key(theirs.id)
    for name in (key.id, key.prefix):
        with pytest.raises(NotFoundError) as missing:
            accounts.revoke_key(ours.id, name)
        assert missing.value.code == "unknown_key"
    assert accounts.caller_by_key(secret).company == theirs


@pytest.mark.parametrize("scopes", [["write"], [], "read,admin"])
def test_a_key_with_an_unknown_scope_is_refused(accounts, scopes):
    """A slip in a scope never makes a key that can do less, or more, than was meant."""
    company = accounts.create_company("Acme", owner="ann")
    with pytest.raises(InvalidError) as refused:
        accounts.create_key(company.id, scopes=scopes)
    assert refused.value.field == "scopes"
    assert "ingest, read, admin" in refused.value.message
    assert accounts.keys(company.id) == []
