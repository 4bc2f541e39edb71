"""What a source has of accounts against what we have: which changes come of it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from botlens.tenants.plans import DEFAULT_PLANS
from botlens.tenants.synced.comparison import compare, highest
from botlens.tenants.synced.values import (
    AccountChanges,
    AccountsHere,
    AccountsThere,
    ChatbotHere,
    ChatbotThere,
    CompanyHere,
    CompanyThere,
    Hold,
)

SOURCE = "supabase"
MAY = datetime(2026, 5, 1, tzinfo=UTC)


def company(company_id: str, source: str | None = SOURCE, **changes: object) -> CompanyHere:
    """As `CompanyThere(company_id, company_id, "ann")` on the plan free leaves it."""
    said = {"name": company_id, "owner": "ann", "created_at": MAY, "synced": "name owner plan"}
    plan = str(changes.pop("plan", "free"))
    gone = bool(changes.pop("gone", False))
    return CompanyHere(company_id, source, gone, plan, {**said, **changes})


def chatbot(chatbot_id: str, company_id: str = "acme", *, gone: bool = False) -> ChatbotHere:
    """As `ChatbotThere(chatbot_id, company_id)` leaves it."""
    said = {"name": None, "is_published": True, "average_rating": None, "created_at": None}
    return ChatbotHere(chatbot_id, company_id, gone, {**said, "synced": "average_rating is_published name"})


def here(*known: CompanyHere | ChatbotHere, **more: object) -> AccountsHere:
    companies = {each.id: each for each in known if isinstance(each, CompanyHere)}
    chatbots = {each.id: each for each in known if isinstance(each, ChatbotHere)}
    return AccountsHere(SOURCE, companies, chatbots, **more)  # type: ignore[arg-type]


def there(*known: CompanyThere | ChatbotThere, **more: object) -> AccountsThere:
    companies = tuple(each for each in known if isinstance(each, CompanyThere))
    chatbots = tuple(each for each in known if isinstance(each, ChatbotThere))
    return AccountsThere(companies, chatbots, **{"plans": {}, **more})  # type: ignore[arg-type]


def changes(source: AccountsThere, ours: AccountsHere) -> AccountChanges:
    return compare(source, ours, DEFAULT_PLANS)


ACME = CompanyThere("acme", "acme", "ann")


def test_nothing_to_do() -> None:
    """What is equal is not written again."""
    found = changes(there(ACME, ChatbotThere("bot", "acme")), here(company("acme"), chatbot("bot")))
    assert found == AccountChanges(placed={"bot": "acme"})


def test_all_of_it_is_new() -> None:
    """A company without a name is called by its id; its bots are to be read."""
    found = changes(
        there(CompanyThere("acme", None, "ann", created_at=MAY), ChatbotThere("bot", "acme")), here()
    )
    (new,) = found.companies
    assert (new.id, new.plan) == ("acme", "free")
    assert new.said == {
        "name": "acme",
        "owner": "ann",
        "created_at": MAY,
        "synced": "created_at name owner plan",
    }
    assert [(each.id, each.company_id) for each in found.chatbots] == [("bot", "acme")]
    assert (found.to_read, found.placed) == ({"bot"}, {"bot": "acme"})


def test_what_differs_is_what_is_written() -> None:
    """One field, and no other."""
    source = there(replace(ACME, owner="bob"), ChatbotThere("bot", "acme", "Bot"), plans={"bob": ("pro",)})
    found = changes(source, here(company("acme"), chatbot("bot")))
    assert [(each.said, each.plan) for each in found.companies] == [({"owner": "bob"}, "pro")]
    assert [each.said for each in found.chatbots] == [{"name": "Bot"}]
    assert found.users == {"bob": "pro"}
    assert not found.to_read


def test_what_the_source_does_not_decide_is_ours() -> None:
    """Without a column for names, ours stay."""
    source = there(replace(ACME, name="Other"), company_fields=frozenset({"owner", "plan"}))
    (changed,) = changes(source, here(company("acme"))).companies
    assert changed.said == {"synced": "owner plan"}


@pytest.mark.parametrize(
    ("words", "plan"),
    [
        ((), "free"),
        (("starter",), "starter"),
        (("pro", "enterprise", "starter"), "enterprise"),
        (("zeta", "agency"), "agency"),
        (("agency", "starter"), "starter"),
    ],
)
def test_several_subscriptions(words: tuple[str, ...], plan: str) -> None:
    """The highest that we know counts; none is free; a word of theirs is kept, to count as free."""
    assert highest(words, DEFAULT_PLANS) == plan


def test_plans_outside_ours_are_named() -> None:
    """With how many companies are on them, also where another plan of the same owner counts."""
    companies = [CompanyThere(name, name, owner) for name, owner in (("a", "ann"), ("b", "bob"), ("c", "cy"))]
    plans = {"ann": ("agency",), "bob": ("agency", "pro"), "cy": ("free",)}
    found = changes(there(*companies, plans=plans), here())
    assert [each.plan for each in found.companies] == ["agency", "pro", "free"]
    assert found.remarks[0].startswith("2 companies are on the plan 'agency', which is not configured")
    assert found.remarks[1].startswith("1 user has active subscriptions to several plans")


def test_an_owner_of_several_companies_is_told() -> None:
    """It sees the oldest."""
    found = changes(there(ACME, CompanyThere("beta", "beta", "ann")), here())
    assert [each[:30] for each in found.remarks] == ["1 user owns several companies:"]


@pytest.mark.parametrize("source", [None, "another"])
def test_an_id_that_another_company_has(source: str | None) -> None:
    """It is refused with its bots, never merged, and said."""
    own = company("acme", source)
    found = changes(there(ACME, ChatbotThere("bot", "acme")), here(own))
    assert (found.companies, found.chatbots, found.placed) == ((), (), {})
    assert len(found.remarks) == 1
    assert "a company 'acme', and so have we" in found.remarks[0]


def test_an_id_that_a_bot_of_ours_has() -> None:
    """The company of the source may have one that was made here: that one stays as it is."""
    ours = here(company("acme"), own_chatbots=frozenset({("acme", "bot")}))
    found = changes(there(ACME, ChatbotThere("bot", "acme")), ours)
    assert (found.chatbots, found.placed) == ((), {})
    assert "a chatbot 'bot', and so has its company here" in found.remarks[0]


def test_what_is_gone() -> None:
    """Half of a table at once is deleted; what comes back is put back, and read again."""
    companies = [company(name) for name in ("acme", "beta")]
    ours = here(*companies, chatbot("one"), chatbot("two"))
    found = changes(there(ACME, ChatbotThere("one", "acme")), ours)
    assert (found.gone_companies, found.gone_chatbots, found.holds) == ({"beta"}, {"two"}, ())
    back = changes(
        there(ACME, ChatbotThere("one", "acme")), here(company("acme", gone=True), chatbot("one", gone=True))
    )
    assert [each.id for each in back.companies] == ["acme"]
    assert [each.id for each in back.chatbots] == ["one"]
    assert back.to_read == {"one"}


def test_more_than_half_is_held() -> None:
    """Each table by itself; what is new or differs comes in all the same."""
    ours = here(*map(company, ("acme", "beta", "core")), chatbot("one"), users={"ann": "pro"})
    found = changes(there(replace(ACME, name="New")), ours)
    assert found.holds == (Hold("companies", 2, 3), Hold("chatbots", 1, 1), Hold("subscriptions", 1, 1))
    assert (found.gone_companies, found.gone_chatbots, found.users) == (frozenset(), frozenset(), {})
    assert [each.said for each in found.companies] == [{"name": "New"}]


def test_bots_of_a_company_that_only_seems_to_be_gone_stay() -> None:
    """Companies that the role may not see any more do not take their bots along."""
    ours = here(company("acme"), chatbot("one"), chatbot("two"))
    found = changes(there(ChatbotThere("one", "acme"), ChatbotThere("two", "acme")), ours)
    assert found.holds == (Hold("companies", 1, 1),)
    assert (found.gone_chatbots, found.placed) == (frozenset(), {"one": "acme", "two": "acme"})


@pytest.mark.parametrize(("confirmed", "goes"), [(1, False), (2, True), (3, True)])
def test_what_was_confirmed_goes(confirmed: int, goes: bool) -> None:
    """So much, and no more."""
    ours = here(*map(company, ("acme", "beta", "core")), confirmed={"companies": confirmed})
    found = changes(there(ACME), ours)
    assert (found.gone_companies == {"beta", "core"}, not found.holds) == (goes, goes)


def test_a_bot_that_moved() -> None:
    """It is put where it is now, leaves where it was, and is to be read; it is not gone."""
    ours = here(company("acme"), company("beta"), chatbot("bot"))
    source = there(ACME, CompanyThere("beta", "beta", "ann"), ChatbotThere("bot", "beta"))
    found = changes(source, ours)
    (moved,) = found.chatbots
    assert (moved.company_id, moved.before) == ("beta", "acme")
    assert (found.to_read, found.gone_chatbots, found.holds) == ({"bot"}, frozenset(), ())


def test_what_is_being_erased_waits() -> None:
    """Neither a company nor a bot takes an id of which there are events yet; the rest comes in."""
    source = there(ACME, CompanyThere("beta", "beta", "bob"), *(ChatbotThere(x, y) for x, y in BOTS))
    erased = frozenset({("beta", None), ("acme", "old")})
    found = changes(source, here(erased=erased))
    assert [each.id for each in found.companies] == ["acme"]
    assert found.placed == {"new": "acme"}
    assert found.remarks == ()


def test_back_where_it_is_still_being_erased() -> None:
    """A bot that was moved away and is back stays where it is until then, and an operator reads so."""
    source = there(ACME, CompanyThere("beta", "beta", "ann"), ChatbotThere("bot", "acme"))
    ours = here(company("acme"), company("beta"), chatbot("bot", "beta"), erased=frozenset({("acme", "bot")}))
    found = changes(source, ours)
    assert (found.chatbots, found.gone_chatbots) == ((), frozenset())
    (remark,) = [each for each in found.remarks if "'bot'" in each]
    assert "back at the company 'acme'" in remark
    assert "it stays at 'beta'" in remark


BOTS = (("new", "acme"), ("old", "acme"), ("far", "beta"))


def test_bots_of_nobody() -> None:
    """Of a company that is in no table: left out, and counted."""
    found = changes(there(ACME, ChatbotThere("bot", "none")), here(company("acme")))
    assert found.placed == {}
    assert found.remarks == ("1 chatbot is of no company that the source has, and left out.",)
