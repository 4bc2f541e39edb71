"""Numbers that a node of one definition saved, and nodes of another had the company since."""

from botlens.tenants.values import Company
from tests.engine.definitions import TwoVersions, VersionNode
from tests.engine.owners import NOW
from tests.engine.test_two_definitions import company, hand_over
from tests.events import message
from tests.properties.companies import send, verified

__all__ = ["company"]

LATER_DAY = 20_600  # than all that these tests send


def save(node: VersionNode, owned: Company) -> None:
    assert node.room._saving.save(owned.id, "bot", LATER_DAY)


def is_right(node: VersionNode, owned: Company) -> bool:
    """Whether the numbers that it reads now are what its facts give."""
    node.commits.flush()
    node.live.drop(owned.id.__eq__)
    assert node.answers.seed.chatbot(node.answers.scope(owned, NOW), "bot")["total_conversations"] == 1
    return verified(node, owned)


def test_what_another_definition_replaced_is_no_difference(versions: TwoVersions, company: Company) -> None:
    """Both wrote the conversation since the old one saved numbers, which hold what the old one made of it."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve, ann)
    save(ann, company)
    hand_over(company, ann, eve)
    send(eve, company, [message("a", "3", "And?")])
    assert is_right(eve, company)
    hand_over(company, eve, ann)
    send(ann, company, [message("a", "4", "So?")])
    assert is_right(ann, company)


def test_a_place_that_another_definition_vacated(versions: TwoVersions, company: Company) -> None:
    """The conversation left its day while the old one had it; what the new one had there it cannot know."""
    ann, eve = versions.ann, versions.eve
    hand_over(company, ann, eve)
    save(eve, company)
    hand_over(company, eve, ann)
    send(ann, company, [message("a", "0", "First", at="2026-03-01T10:00:00Z")])
    hand_over(company, ann, eve)
    assert is_right(eve, company)
