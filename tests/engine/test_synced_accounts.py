"""Accounts that a source decides, on either database: taken over, not to be changed here, gone, erased."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from botlens.errors import BotlensError, InvalidError, NotFoundError, UnauthorizedError
from botlens.tenants.accounts import Accounts
from botlens.tenants.synced.values import AccountsThere, ChatbotThere, CompanyThere
from botlens.tenants.values import Erasure

SOURCE = "supabase"
MAY = datetime(2026, 5, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


class Clock:
    """Stands where a test puts it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(accounts_url: str, clock: Clock) -> Iterator[Accounts]:
    with Accounts.open(accounts_url, clock=clock) as opened:
        yield opened


def two(*more: ChatbotThere, **changes: object) -> AccountsThere:
    """Two companies: Acme of ann on pro, with the bots `a` and `b`, and Beta of bob, who has no plan."""
    companies = (CompanyThere("acme", "Acme", "ann"), CompanyThere("beta", "Beta", "bob"))
    chatbots = (ChatbotThere("a", "acme", "A"), ChatbotThere("b", "acme", "B", average_rating=4.5))
    found = {"companies": companies, "chatbots": (*chatbots, *more), "plans": {"ann": ("pro",)}}
    return AccountsThere(**{**found, **changes})  # type: ignore[arg-type]


def refusal(call: Callable[[], object]) -> tuple[str | None, str]:
    with pytest.raises(InvalidError) as refused:
        call()
    assert refused.value.code == "synced"
    return refused.value.field, refused.value.message


def test_taken_over(accounts: Accounts) -> None:
    """Companies with owner and plan, bots with what the source says of them; twice is once."""
    accounts.take_over(SOURCE, two())
    again = accounts.take_over(SOURCE, two())
    assert (again.companies, again.chatbots, again.to_read) == ((), (), frozenset())
    acme, beta = accounts.companies()
    assert (acme.name, acme.owner, acme.plan, acme.source) == ("Acme", "ann", "pro", SOURCE)
    assert (beta.plan, accounts.plan_of(beta).analytics) == ("free", False)
    assert [(each.id, each.name, each.average_rating) for each in accounts.chatbots("acme")] == [
        ("a", "A", None),
        ("b", "B", 4.5),
    ]
    assert accounts.caller_by_user("ann").require_company() == acme


def test_a_plan_follows_its_owner(accounts: Accounts) -> None:
    """Another subscription, another owner; what is not configured counts as free."""
    accounts.take_over(SOURCE, two())
    accounts.take_over(SOURCE, two(plans={"ann": ("agency",), "bob": ("enterprise",)}))
    acme, beta = accounts.companies()
    assert (acme.plan, accounts.plan_of(acme).name, beta.plan) == ("agency", "free", "enterprise")
    handed_over = (CompanyThere("acme", "Acme", "bob"), CompanyThere("beta", "Beta", "bob"))
    accounts.take_over(SOURCE, two(companies=handed_over, plans={"bob": ("starter",)}))
    assert [each.plan for each in accounts.companies()] == ["starter", "starter"]
    assert accounts.caller_by_user("ann").company is None


def test_what_the_source_decides_cannot_be_changed_here(accounts: Accounts) -> None:
    """Each refusal says which source; to say what is so already is no change."""
    accounts.take_over(SOURCE, two())
    refused = [
        refusal(lambda: accounts.set_plan("acme", "starter")),
        refusal(lambda: accounts.change_company("acme", name="Mine")),
        refusal(lambda: accounts.add_member("acme", "bob", "owner")),
        refusal(lambda: accounts.put_chatbot("acme", "a", name="Mine")),
        refusal(lambda: accounts.put_chatbot("acme", "a", is_published=False)),
        refusal(lambda: accounts.put_chatbot("acme", "b", average_rating=1)),
    ]
    assert [field for field, _ in refused] == [
        "plan",
        "name",
        "owner",
        "name",
        "is_published",
        "average_rating",
    ]
    assert all("comes from the source `supabase`: change it there" in message for _, message in refused)
    for call in (lambda: accounts.delete_chatbot("acme", "a"), lambda: accounts.delete_company("acme")):
        assert "delete it there" in refusal(call)[1]
    accounts.put_chatbot("acme", "a", name="A", is_published=True)
    accounts.set_plan("acme", "pro")


def test_what_is_ours_stays_ours(accounts: Accounts) -> None:
    """Zone, threshold, members and keys; and the name of a company for which the source has none."""
    nameless = two(company_fields=frozenset({"owner", "plan"}))
    accounts.take_over(SOURCE, nameless)
    accounts.change_company("acme", name="Mine", timezone="Europe/Berlin", retention_days=90)
    accounts.put_chatbot("acme", "a", confidence_threshold=0.5, timezone="Asia/Tokyo")
    accounts.add_member("acme", "cy")
    accounts.create_key("acme")
    accounts.take_over(SOURCE, nameless)
    company, chatbot = accounts.company("acme"), accounts.chatbot("acme", "a")
    assert company is not None
    assert chatbot is not None
    assert (company.name, company.timezone, company.retention_days) == ("Mine", "Europe/Berlin", 90)
    assert (chatbot.confidence_threshold, chatbot.timezone) == (0.5, "Asia/Tokyo")
    assert [each.user for each in accounts.members("acme")] == ["ann", "cy"]
    assert len(accounts.keys("acme")) == 1


def test_bots_come_in_the_order_of_the_source(accounts: Accounts) -> None:
    """Since when there are any, then by id, numbers as numbers; those that say nothing first."""
    bots = [
        ChatbotThere("10", "acme", created_at=MAY),
        ChatbotThere("9", "acme", created_at=MAY),
        ChatbotThere("a", "acme", created_at=MAY - timedelta(days=1)),
        ChatbotThere("z", "acme"),
    ]
    accounts.take_over(SOURCE, two(chatbots=tuple(bots)))
    assert [each.id for each in accounts.chatbots("acme")] == ["z", "a", "9", "10"]
    assert list(accounts.chatbots_by_id("acme")) == ["z", "a", "9", "10"]


@pytest.mark.parametrize(
    ("since", "first"),
    [((None, None), "9"), ((MAY, MAY), "9"), ((MAY - MONTH, MAY), "10")],
    ids=["unknown", "the same", "known"],
)
def test_an_owner_of_several_companies_sees_the_oldest(
    accounts: Accounts, clock: Clock, since: tuple[datetime | None, ...], first: str
) -> None:
    """Else that with the lowest id, whichever we heard of first."""
    ten, nine = (
        CompanyThere(name, name, "ann", created_at=at) for name, at in zip(("10", "9"), since, strict=True)
    )
    accounts.take_over(SOURCE, two(companies=(ten,), chatbots=()))
    clock.now += MONTH
    accounts.take_over(SOURCE, two(companies=(ten, nine), chatbots=()))
    assert accounts.caller_by_user("ann").require_company().id == first
    assert len(accounts.memberships("ann")) == 2


def test_a_company_that_is_gone(accounts: Accounts, clock: Clock) -> None:
    """Nobody has access at once; after 30 days it is erased, and not before; its id is free again then."""
    accounts.take_over(SOURCE, two())
    _, secret = accounts.create_key("beta")
    accounts.take_over(SOURCE, two(companies=(CompanyThere("acme", "Acme", "ann"),)))
    assert [each.id for each in accounts.companies()] == ["acme"]
    assert [each.id for each in accounts.companies(with_gone=True)] == ["acme", "beta"]
    assert accounts.company("beta") is None
    assert accounts.members("beta") == []
    assert accounts.caller_by_user("bob").company is None
    with pytest.raises(UnauthorizedError):
        accounts.caller_by_key(secret)
    for call in (lambda: accounts.create_key("beta"), lambda: accounts.delete_company("beta")):
        with pytest.raises(NotFoundError):
            call()
    clock.now += MONTH
    assert (accounts.delete_gone(MONTH), accounts.erasures()) == (0, [])
    clock.now += timedelta(seconds=1)
    assert (accounts.delete_gone(MONTH), accounts.delete_gone(MONTH)) == (1, 0)
    (erasure,) = accounts.erasures()
    assert (erasure.company_id, erasure.chatbot_id) == ("beta", None)
    accounts.take_over(SOURCE, two())
    assert accounts.company("beta") is None  # some of its events may be there
    accounts.finish_erasure(erasure)
    accounts.take_over(SOURCE, two())
    assert accounts.company("beta") is not None


def test_a_company_that_comes_back(accounts: Accounts) -> None:
    """It is as it was, its keys too."""
    accounts.take_over(SOURCE, two())
    _, secret = accounts.create_key("beta")
    accounts.take_over(SOURCE, two(companies=(CompanyThere("acme", "Acme", "ann"),)))
    accounts.take_over(SOURCE, two())
    assert accounts.caller_by_key(secret).require_company().id == "beta"


def test_a_bot_that_is_gone(accounts: Accounts, clock: Clock) -> None:
    """It is in no list, but what is said to it still finds its threshold; it comes back, or is erased."""
    accounts.take_over(SOURCE, two())
    accounts.put_chatbot("acme", "b", confidence_threshold=0.7)
    without = two(chatbots=(ChatbotThere("a", "acme", "A"),))
    accounts.take_over(SOURCE, without)
    assert [each.id for each in accounts.chatbots("acme")] == ["a"]
    assert accounts.chatbot("acme", "b") is None
    assert [each.id for each in accounts.chatbots("acme", with_gone=True)] == ["a", "b"]
    assert accounts.thresholds("acme") == {"a": 0.2, "b": 0.7}
    assert "has deleted it" in refusal(lambda: accounts.put_chatbot("acme", "b"))[1]
    with pytest.raises(NotFoundError):
        accounts.add_marker("acme", "Launch", clock.now, who="ann", chatbot_id="b")
    changes = accounts.take_over(SOURCE, two())
    assert changes.to_read == {"b"}
    found = accounts.chatbot("acme", "b")
    assert found is not None
    assert found.confidence_threshold == 0.7
    accounts.take_over(SOURCE, without)
    clock.now += MONTH + timedelta(seconds=1)
    assert accounts.delete_gone(MONTH) == 1
    assert [(each.company_id, each.chatbot_id) for each in accounts.erasures()] == [("acme", "b")]
    assert accounts.thresholds("acme") == {"a": 0.2}


def test_a_bot_that_moved(accounts: Accounts) -> None:
    """It is in the other company with what is ours of it, and what the first has of it is erased.

    Back again it must wait for that.
    """
    accounts.take_over(SOURCE, two())
    accounts.put_chatbot("acme", "a", confidence_threshold=0.7)
    moved = two(chatbots=(ChatbotThere("a", "beta", "A"), ChatbotThere("b", "acme", "B")))
    assert accounts.take_over(SOURCE, moved).to_read == {"a"}
    assert [each.id for each in accounts.chatbots("acme", with_gone=True)] == ["b"]
    (found,) = accounts.chatbots("beta")
    assert (found.id, found.confidence_threshold, found.source) == ("a", 0.7, SOURCE)
    (erasure,) = accounts.erasures()
    assert erasure == Erasure(erasure.id, "acme", "a")
    assert "a" not in accounts.take_over(SOURCE, two()).placed
    assert [each.id for each in accounts.chatbots("beta")] == ["a"]
    accounts.finish_erasure(erasure)
    accounts.take_over(SOURCE, two())
    assert [each.id for each in accounts.chatbots("acme")] == ["a", "b"]
    assert [(each.company_id, each.chatbot_id) for each in accounts.erasures()] == [("beta", "a")]


def test_more_than_half_at_once_waits_for_an_operator(accounts: Accounts) -> None:
    """Nothing is deleted until then; what is gone beyond what was confirmed waits again."""
    three = two(ChatbotThere("c", "beta"))
    accounts.take_over(SOURCE, three)
    nothing = AccountsThere(plans={})
    assert [each.table for each in accounts.take_over(SOURCE, nothing).holds] == [
        "companies",
        "chatbots",
        "subscriptions",
    ]
    assert len(accounts.companies()) == 2
    assert accounts.plan_without_company("ann") == accounts.plans["pro"]
    (source,) = accounts.sources()
    assert source.holds[0].sentence.startswith("3 of 3 chatbots are gone")
    assert not source.holds[0].is_confirmed
    one_less = two(chatbots=(ChatbotThere("a", "acme", "A"),))
    accounts.take_over(SOURCE, one_less)
    assert [each.gone for each in accounts.confirm(SOURCE)] == [2]  # of the chatbots; the rest is back
    accounts.take_over(SOURCE, nothing)
    assert len(accounts.chatbots("acme")) == 2
    accounts.take_over(SOURCE, one_less)
    accounts.confirm(SOURCE)
    accounts.take_over(SOURCE, one_less)
    assert [each.id for each in accounts.chatbots("acme")] == ["a"]
    assert accounts.sources()[0].holds == ()


def test_own_accounts_are_never_touched(accounts: Accounts) -> None:
    """A company of ours with an id of the source's stays as it is, and so do its bots."""
    own = accounts.create_company("Mine", owner="me", plan="pro", company_id="acme")
    accounts.put_chatbot("acme", "a", name="Mine")
    changes = accounts.take_over(SOURCE, two())
    assert accounts.company("acme") == own
    assert [each.name for each in accounts.chatbots("acme")] == ["Mine"]
    assert accounts.sources()[0].remarks == changes.remarks
    assert "a company 'acme', and so have we" in changes.remarks[0]
    accounts.set_plan("acme", "starter")


def test_users_without_a_company(accounts: Accounts) -> None:
    """Without a source nobody has a plan of its own; with one everybody has, of a subscription or free."""
    assert accounts.plan_without_company("cy") is None
    accounts.take_over(SOURCE, two(plans={"ann": ("pro",), "cy": ("pro",), "dan": ("agency",)}))
    plans = {user: accounts.plan_without_company(user) for user in ("cy", "dan", "eve", "\0")}
    assert {user: plan and plan.name for user, plan in plans.items()} == {
        "cy": "pro",
        "dan": "free",
        "eve": "free",
        "\0": "free",
    }
    accounts.take_over(SOURCE, two(plans={"ann": ("pro",), "dan": ("agency",)}))
    assert accounts.plan_without_company("cy") == accounts.plans["free"]


def test_a_company_of_nobody(accounts: Accounts) -> None:
    """No owner at the source is none here; nobody is let in by an empty name."""
    accounts.take_over(SOURCE, two(companies=(CompanyThere("acme", "Acme"),), chatbots=()))
    assert accounts.members("acme") == []
    assert accounts.caller_by_user("").company is None
    accounts.add_member("acme", "cy", "admin")
    assert [each.user for each in accounts.members("acme")] == ["cy"]


def test_a_source_that_is_released(accounts: Accounts, clock: Clock) -> None:
    """All is ours, to be changed and deleted; what was gone is still erased in time."""
    accounts.take_over(SOURCE, two())
    accounts.take_over(SOURCE, two(chatbots=(ChatbotThere("a", "acme", "A"),)))
    known = accounts.release(SOURCE)
    assert (known.companies, known.chatbots) == (2, 1)
    assert accounts.sources() == []
    accounts.set_plan("acme", "starter")
    accounts.put_chatbot("acme", "a", name="Mine")
    assert accounts.plan_without_company("cy") is None
    assert accounts.chatbot("acme", "b") is None
    clock.now += MONTH + timedelta(seconds=1)
    assert accounts.delete_gone(MONTH) == 1
    accounts.delete_company("beta")
    for call in (accounts.release, accounts.confirm):
        with pytest.raises(NotFoundError) as refused:
            call(SOURCE)
        assert refused.value.code == "unknown_source"


def test_only_looked_at(accounts: Accounts) -> None:
    """What would be done is told, and nothing is."""
    assert [each.id for each in accounts.compared(SOURCE, two()).companies] == ["acme", "beta"]
    assert (accounts.companies(), accounts.sources()) == ([], [])


def test_all_or_nothing(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure on the way leaves things as they were."""
    accounts.take_over(SOURCE, two())

    def fail(*_: object) -> None:
        raise BotlensError("no")

    monkeypatch.setattr("botlens.tenants.synced.rows.put_holds", fail)
    with pytest.raises(BotlensError):
        accounts.take_over(SOURCE, two(ChatbotThere("c", "acme"), plans={}))
    assert [each.id for each in accounts.chatbots("acme")] == ["a", "b"]
    assert [each.plan for each in accounts.companies()] == ["pro", "free"]
