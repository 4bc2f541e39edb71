"""The people of a company, on a real SQLite file and a real PostgreSQL: one owner, admins, viewers."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from botlens.errors import ForbiddenError, InvalidError, NotFoundError
from botlens.tenants.accounts import Accounts
from botlens.tenants.rights import EVERYTHING, Rights, rights_of
from tests.engine.behind import rows

ADMIN, VIEWER = rights_of("admin"), rights_of("viewer")
READER = Rights(frozenset({"read"}))


@pytest.fixture
def company(accounts: Accounts) -> str:
    """Of ann."""
    return accounts.create_company("Acme", owner="ann").id


def roles(accounts: Accounts, company_id: str) -> dict[str, str]:
    return {each.user: each.role for each in accounts.members(company_id)}


def test_what_each_role_may_do(accounts, company):
    """The owner and an admin do everything, a viewer reads, a stranger has no company and may do nothing."""
    accounts.add_member(company, "bob")
    accounts.add_member(company, "cat", "admin")
    ann, bob, cat, eve = map(accounts.caller_by_user, ["ann", "bob", "cat", "eve"])
    assert [each.rights.role for each in (ann, bob, cat, eve)] == ["owner", "viewer", "admin", None]
    assert [each.rights.scopes for each in (ann, bob, cat, eve)] == [
        *({"ingest", "read", "admin"}, {"read"}, {"ingest", "read", "admin"}, set())
    ]
    assert (bob.who, bob.user, bob.company.id, eve.company) == ("user:bob", "bob", company, None)


def test_members_are_listed_with_the_owner_first(accounts, company):
    """Whoever joins again only changes the role, and keeps the place."""
    accounts.add_member(company, "zoe")
    accounts.add_member(company, "bob")
    accounts.add_member(company, "zoe", "admin")
    assert [(each.user, each.role) for each in accounts.members(company)] == [
        *(("ann", "owner"), ("zoe", "admin"), ("bob", "viewer"))
    ]
    assert accounts.members("nobody") == []


def test_the_company_that_is_named_is_meant(accounts, company):
    """A user of several chooses; one that is not its own is refused as one that does not exist is."""
    other = accounts.create_company("Other", owner="bob").id
    strange = accounts.create_company("Strange", owner="eve").id
    accounts.add_member(other, "ann")
    assert accounts.caller_by_user("ann").company.id == company
    chosen = accounts.caller_by_user("ann", other)
    assert (chosen.company.id, chosen.rights.role) == (other, "viewer")
    assert [each.company.id for each in accounts.memberships("ann")] == [company, other]
    for wrong in (strange, "c_none"):
        with pytest.raises(ForbiddenError) as refused:
            accounts.caller_by_user("ann", wrong)
        assert (refused.value.code, refused.value.message.count(wrong)) == ("wrong_company", 1)


def test_there_is_always_one_owner(accounts, company):
    """The owner cannot be removed, nor made less; handing over makes it an admin."""
    accounts.add_member(company, "bob")
    for wrong in (
        lambda: accounts.remove_member(company, "ann"),
        lambda: accounts.add_member(company, "ann", "admin"),
    ):
        with pytest.raises(InvalidError) as refused:
            wrong()
        assert (refused.value.code, refused.value.field) == ("last_owner", "user")
    accounts.add_member(company, "ann", "owner")  # as it is
    assert roles(accounts, company) == {"ann": "owner", "bob": "viewer"}
    accounts.add_member(company, "bob", "owner")
    assert roles(accounts, company) == {"bob": "owner", "ann": "admin"}
    assert accounts.caller_by_user("bob").rights.role == "owner"
    accounts.remove_member(company, "ann")
    assert accounts.caller_by_user("ann").company is None


def test_nobody_gives_more_than_they_have(accounts, company):
    """An admin makes admins and viewers, and never touches the owner; who only reads makes nobody."""
    accounts.add_member(company, "cat", "admin", by=ADMIN)
    accounts.add_member(company, "cat", "viewer", by=ADMIN)
    key = Rights(frozenset({"admin"}))
    accounts.add_member(company, "dan", "admin", by=key)
    cases = [
        (lambda by: accounts.add_member(company, "cat", "owner", by=by), ADMIN, "owner_only"),
        (lambda by: accounts.add_member(company, "cat", "owner", by=by), key, "owner_only"),
        (lambda by: accounts.add_member(company, "cat", "viewer", by=by), VIEWER, "missing_scope"),
        (lambda by: accounts.remove_member(company, "cat", by=by), VIEWER, "missing_scope"),
        (lambda by: accounts.create_key(company, scopes=["read"], by=by), VIEWER, "missing_scope"),
        (lambda by: accounts.create_key(company, scopes=["read"], by=by), READER, "missing_scope"),
    ]
    for do, by, code in cases:
        with pytest.raises(ForbiddenError) as refused:
            do(by)
        assert refused.value.code == code
    assert roles(accounts, company) == {"ann": "owner", "cat": "viewer", "dan": "admin"}
    assert accounts.keys(company) == []


def test_rights_that_are_cut_down(accounts):
    """At most those of another role; a role that nobody knows has none."""
    assert rights_of("owner", at_most="viewer") == VIEWER
    assert rights_of("viewer", at_most="admin") == VIEWER
    assert rights_of("owner", at_most="admin") == ADMIN
    assert rights_of("king").scopes == set()
    assert EVERYTHING.role == "owner"


def test_a_member_needs_a_known_role_and_a_company(accounts, company):
    """No role that means nothing, no user without a name, no member of nothing, none that is not there."""
    for user, role, field in (("bob", "member", "role"), (" ", "viewer", "user"), ("a\0b", "viewer", "user")):
        with pytest.raises(InvalidError) as refused:
            accounts.add_member(company, user, role)
        assert refused.value.field == field
    for wrong in (
        lambda: accounts.add_member("c_none", "bob"),
        lambda: accounts.remove_member("c_none", "bob"),
        lambda: accounts.remove_member(company, "bob"),
        lambda: accounts.remove_member(company, "a\0b"),
    ):
        with pytest.raises(NotFoundError):
            wrong()
    assert accounts.company_of_user("bob") is None


def test_members_of_one_company_are_not_anothers(accounts, company):
    """To remove somebody from one company leaves it in the other."""
    other = accounts.create_company("Other", owner="zed").id
    for each in (company, other):
        accounts.add_member(each, "bob", "admin")
    accounts.remove_member(company, "bob")
    assert accounts.caller_by_user("bob").company.id == other
    assert roles(accounts, other) == {"zed": "owner", "bob": "admin"}


def test_todays_member_becomes_a_viewer(accounts_url):
    """What an older botlens wrote means what it meant; an owner's own row, which said nothing, goes."""
    with Accounts.open(accounts_url) as accounts:
        company = accounts.create_company("Acme", owner="ann").id
        accounts.add_member(company, "bob")
    _downgrade(accounts_url, "0002")
    assert rows(accounts_url, "SELECT role FROM {t}members") == [("member",)]
    rows(
        accounts_url,
        f"INSERT INTO {{t}}members VALUES ('{company}', 'ann', 'member', '2026-01-01 00:00:00')",
    )
    with Accounts.open(accounts_url) as accounts:
        assert roles(accounts, company) == {"ann": "owner", "bob": "viewer"}
        assert rows(accounts_url, "SELECT user_id, role FROM {t}members") == [("bob", "viewer")]


def _downgrade(url: str, revision: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    schema = "botlens" if engine.dialect.name == "postgresql" else None
    if schema:
        engine = engine.execution_options(schema_translate_map={None: schema})
    config = Config()
    config.set_main_option("script_location", "botlens.database:migrations")
    with engine.begin() as connection:
        config.attributes.update(connection=connection, schema=schema)
        command.downgrade(config, revision)
    engine.dispose()
