"""A front end of the origin notices nothing: both routers in one app answer alike, over the same rows."""

import pytest

from tests.conftest import NOON
from tests.contract.origin.platform import LONGEST, new_id
from tests.contract.sides import Sides


def test_nothing_differs(sides: Sides) -> None:
    """The same statuses, fields, types, numbers and order of chatbots."""
    sides.settle()
    assert sides.differing() == set()
    overview = sides.ask("overview")[1].json()
    assert overview["average_rating"] == 4.2
    assert [each["chatbot_id"] for each in overview["chatbots"]] == [sides.shop, sides.desk]
    assert overview["chatbots"][0]["total_ratings"] == 8


def test_words_that_the_mapping_knows(sides: Sides) -> None:
    """Roles and votes of other names count as on the origin; messages without text, too."""
    conversation, asked, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    for role in ("tool", "function", "bot", "ai"):
        sides.platform.message(conversation, NOON.isoformat(), "x", role=role)
    sides.platform.message(conversation, NOON.isoformat(), None, role="tool")
    sides.platform.message(conversation, NOON.isoformat(), "x" * (LONGEST + 1), role="assistant")
    sides.platform.vote(sides.shop, answer, "thumbs_down")
    sides.platform.vote(sides.shop, asked, "positive")
    sides.settle()
    assert sides.differing() == set()


def test_the_votes_word_for_good_is_known_too(sides: Sides) -> None:
    """`thumbs_up` was negative on the origin, which knew one word."""
    _, _, answer = sides.platform.exchange(sides.shop, NOON, "Where is my parcel?")
    sides.platform.vote(sides.shop, answer, "thumbs_up")
    sides.settle()
    fields = ("feedback_positive", "feedback_negative")
    assert sides.differing() == {
        f"{route}.{field}" for route in ("overview.chatbots", "chatbot") for field in fields
    }


@pytest.mark.parametrize("plan", [None, "free", "agency"])
def test_the_plan_is_asked_first(sides: Sides, plan: str | None) -> None:
    """No company and no plan, or one that is free or unknown: 402, and not 404. With a company, too."""
    without, owner = new_id(), new_id()
    if plan is not None:
        sides.platform.add("subscriptions", user_id=without, plan=plan, status="active")
    sides.platform.company(owner, plan)
    sides.settle()
    for user in (without, owner):
        for path in sides.paths():
            origin, ours = sides.ask(path, user)
            assert (origin.status_code, ours.status_code) == (402, 402)
            assert isinstance(ours.json()["detail"], str)


def test_a_plan_and_no_company(sides: Sides) -> None:
    """404, in the same words."""
    user = new_id()
    sides.platform.add("subscriptions", user_id=user, plan="pro", status="active")
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(path, user)
        assert (origin.status_code, ours.status_code) == (404, 404)
        assert origin.json()["detail"] == ours.json()["detail"] == "Company not found"


def test_a_subscription_that_is_not_active(sides: Sides) -> None:
    """Trials and the like are no plan."""
    user = new_id()
    sides.platform.add("subscriptions", user_id=user, plan="pro", status="trialing")
    sides.settle()
    assert [each.status_code for each in sides.ask("overview", user)] == [402, 402]


def test_a_chatbot_that_is_not_there(sides: Sides) -> None:
    """Nobody's, and another's: 404, in the same words."""
    another = sides.platform.chatbot(sides.platform.company(new_id()), "Other")
    sides.settle()
    for chatbot in (new_id(), another):
        for path in (f"chatbot/{chatbot}", f"chatbot/{chatbot}/gaps"):
            origin, ours = sides.ask(path)
            assert (origin.status_code, ours.status_code) == (404, 404)
            assert origin.json()["detail"] == ours.json()["detail"] == "Chatbot not found"


def test_a_slash_at_the_end(sides: Sides) -> None:
    """Both answer, the origin by a redirect."""
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(f"{path}/")
        assert (origin.status_code, ours.status_code) == (200, 200)
        assert origin.json() == ours.json()


def test_a_login_that_is_not_good(sides: Sides) -> None:
    """The app's own answer, byte for byte."""
    sides.settle()
    for path in sides.paths():
        origin, ours = sides.ask(path, "")
        assert (origin.status_code, origin.content) == (ours.status_code, ours.content)
        assert ours.json() == {"detail": "Not authenticated"}


def test_a_company_without_chatbots(sides: Sides) -> None:
    """Zeros and an empty list."""
    user = new_id()
    sides.platform.company(user)
    sides.settle()
    origin, ours = sides.ask("overview", user)
    assert (origin.status_code, origin.json()) == (ours.status_code, ours.json())
