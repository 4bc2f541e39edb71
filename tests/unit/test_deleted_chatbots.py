"""What comes too late for a chatbot that was deleted, and what comes in time for one of the same name."""

from botlens.commit.room.deleted import DeletedChatbots
from botlens.commit.thresholds import Thresholds
from botlens.events.record import MESSAGE, Record

BOT, SHOP, NEW = (Record(each, "c", MESSAGE, "1", 0, 0, 0) for each in ("bot", "shop", "new"))


def known(*chatbots: str) -> Thresholds:
    return Thresholds(1, dict.fromkeys(chatbots, 0.2))


def test_only_what_is_gone_is_left_out() -> None:
    """Of that company and chatbot alone, for as long as there is none."""
    deleted, batches = DeletedChatbots(), {"one": [BOT, SHOP], "two": [BOT]}
    thresholds = {"one": known("shop"), "two": known("bot")}
    assert deleted.without(batches, thresholds) is batches
    deleted.add("one", "bot")
    assert deleted.without(batches, thresholds) == {"one": [SHOP], "two": [BOT]}
    assert deleted.without(batches, thresholds | {"one": known("shop", "bot")}) == batches


def test_what_was_never_there_is_not_gone() -> None:
    """Only a deletion says that a chatbot is gone: a list without it may be that of an older moment."""
    deleted = DeletedChatbots()
    deleted.add("one", "bot")
    assert deleted.without({"one": [NEW]}, {"one": known("shop")}) == {"one": [NEW]}


def test_a_whole_company() -> None:
    """Whatever the chatbot; one of a company that was created anew under the same id is in time."""
    deleted = DeletedChatbots()
    for chatbot_id in ("bot", None, "shop"):
        deleted.add("one", chatbot_id)
    batches = {"one": [BOT, NEW]}
    assert deleted.without(batches, {"one": known()}) == {"one": []}
    assert deleted.without(batches, {"one": known("new")}) == {"one": [NEW]}
