"""ConvAI2 dialogs become botlens events."""

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path

import pytest

from botlens.errors import BadRequestError, NotFoundError
from botlens.sources.files.formats import open_source
from botlens.sources.source import Batch, SourceChatbot

VOLUNTEERS = Path(__file__).parents[3] / "shared" / "data" / "convai2_volunteers.json"

DIALOG = {
    "dialog": [
        {"id": 0, "sender": "participant1", "text": "hi", "evaluation_score": None, "sender_class": "Human"},
        {"id": 1, "sender": "participant2", "text": "hello", "evaluation_score": 1, "sender_class": "Bot"},
        {"id": 2, "sender": "participant1", "text": "bye", "evaluation_score": None, "sender_class": "Human"},
        {"id": 3, "sender": "participant2", "text": "why?", "evaluation_score": 0, "sender_class": "Bot"},
    ],
    "start_time": "2018-10-29 09:00:00",
    "end_time": "2018-10-29 09:00:10.000001",
    "eval_score": 4,
    "profile_match": 1,
    "participant1_id": {"class": "User", "user_id": "User 7"},
    "participant2_id": {"class": "Bot", "user_id": "Bot 1"},
}
EMPTY = {**DIALOG, "dialog": [], "eval_score": None, "profile_match": ""}


def changed(path: list, value: object) -> dict:
    dialog = deepcopy(DIALOG)
    place = dialog
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return dialog


@pytest.fixture
def write(tmp_path):
    def write(*dialogs: object, name: str = "dialogs.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(dialogs))
        return path

    return write


def read(path: Path, *, after: str = "", size: int = 1000, **options: object) -> list[Batch]:
    return list(open_source(path, format="convai2", **options).batches(after=after, size=size))


def events(batches: list[Batch]) -> list[dict]:
    return [event for batch in batches for event in batch.events]


def test_a_dialog_becomes_a_conversation_its_messages_votes_and_rating(write):
    [batch] = read(write(DIALOG))
    name = batch.events[0]["id"]
    assert name.startswith("convai2-000000-")
    of = {"chatbot_id": "Bot 1", "conversation_id": name}
    times = [
        "2018-10-29T09:00:00.000000Z",
        "2018-10-29T09:00:03.333333Z",
        "2018-10-29T09:00:06.666667Z",
        "2018-10-29T09:00:10.000001Z",
    ]
    said = [("user", "hi"), ("assistant", "hello"), ("user", "bye"), ("assistant", "why?")]
    messages = [
        {
            "type": "message",
            **of,
            "id": f"{name}-000{place}",
            "role": role,
            "content": content,
            "created_at": times[place],
            "sequence": place,
        }
        for place, (role, content) in enumerate(said)
    ]
    vote = {"type": "feedback", **of}
    assert batch.events == [
        {
            "type": "conversation",
            "chatbot_id": "Bot 1",
            "id": name,
            "created_at": times[0],
            "session_id": "User 7",
            "metadata": {"profile_match": 1},
        },
        messages[0],
        messages[1],
        {**vote, "message_id": messages[1]["id"], "value": "positive", "created_at": times[1]},
        messages[2],
        messages[3],
        {**vote, "message_id": messages[3]["id"], "value": "negative", "created_at": times[3]},
        {"type": "rating", **of, "score": 4, "created_at": times[3]},
    ]
    assert batch.chatbots == (SourceChatbot("Bot 1", {"name": "Bot 1"}),)
    assert batch.position == "1"


def test_a_single_message_is_at_the_start(write):
    [batch] = read(write(changed(["dialog"], DIALOG["dialog"][:1])))
    assert batch.events[1]["created_at"] == "2018-10-29T09:00:00.000000Z"


def test_a_dialog_without_messages_is_a_conversation(write):
    [batch] = read(write(EMPTY))
    assert [(event["type"], event["session_id"]) for event in batch.events] == [("conversation", "User 7")]
    assert "metadata" not in batch.events[0]


def test_a_named_chatbot_takes_the_place_of_the_files(write):
    [batch] = read(write(DIALOG), chatbot_id="mine")
    assert {event["chatbot_id"] for event in batch.events} == {"mine"}
    assert batch.chatbots == (SourceChatbot("mine"),)


def test_the_bot_may_come_first(write):
    dialog = {
        **DIALOG,
        "participant1_id": DIALOG["participant2_id"],
        "participant2_id": DIALOG["participant1_id"],
    }
    first = read(write(dialog))[0].events[0]
    assert (first["chatbot_id"], first["session_id"]) == ("Bot 1", "User 7")


def test_two_people_need_a_named_chatbot_and_the_second_is_an_agent(write):
    messages = [{**message, "sender_class": "Human"} for message in DIALOG["dialog"]]
    people = {**DIALOG, "dialog": messages, "participant2_id": {"class": "User", "user_id": "User 8"}}
    path = write(people)
    with pytest.raises(BadRequestError) as caught:
        read(path)
    assert caught.value.field == "[0].participant2_id.class"
    told = [event["role"] for event in events(read(path, chatbot_id="desk")) if event["type"] == "message"]
    assert told == ["user", "agent", "user", "agent"]


def test_ids_are_stable_and_differ_between_places_and_files(write):
    def ids(path: Path) -> list[str]:
        return [event["id"] for event in events(read(path)) if event["type"] == "conversation"]

    one, other = write(DIALOG, DIALOG), write(changed(["dialog", 0, "text"], "hey"), name="other.json")
    assert ids(one) == ids(one)
    assert len({*ids(one), *ids(other)}) == 3


def test_ids_do_not_change_when_a_file_is_evaluated_further_or_written_in_another_way(write, tmp_path):
    path = tmp_path / "pretty.json"
    path.write_text(json.dumps([changed(["eval_score"], None)], indent=2))
    assert read(path)[0].events[0]["id"] == read(write(DIALOG))[0].events[0]["id"]


def test_reading_goes_on_where_a_batch_ended(write):
    path = write(DIALOG, EMPTY, DIALOG, DIALOG)
    batches = read(path, size=9)
    assert [batch.position for batch in batches] == ["2", "4"]
    assert read(path, after="2", size=9) == batches[1:]
    assert events(read(path, after="2", size=1)) == batches[1].events
    assert read(path, after="4") == []


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["start_time"], "yesterday", "start_time"),
        (["end_time"], "2018-10-28 00:00:00", "end_time"),
        (["dialog", 3, "text"], 5, "dialog[3].text"),
        (["dialog", 1, "sender_class"], "Cat", "dialog[1].sender_class"),
        (["dialog", 1, "evaluation_score"], 2, "dialog[1].evaluation_score"),
        (["eval_score"], 6, "eval_score"),
        (["participant1_id"], {"class": "User"}, "participant1_id.user_id"),
        (["participant2_id", "user_id"], "", "participant2_id.user_id"),
    ],
)
def test_a_malformed_dialog_is_named_by_index_and_field(write, path, value, field):
    batches = open_source(write(DIALOG, changed(path, value)), format="convai2").batches(size=1)
    assert next(batches).position == "1"
    with pytest.raises(BadRequestError) as caught:
        next(batches)
    assert caught.value.code == "malformed_dialog"
    assert caught.value.field == f"[1].{field}"
    assert "Dialog 1 " in caught.value.message
    assert field in caught.value.message


def test_a_dialog_that_is_no_object_is_named_by_index(write):
    with pytest.raises(BadRequestError) as caught:
        read(write(DIALOG, "what?"))
    assert caught.value.field == "[1]"


def test_a_file_cut_short_is_refused_whole(write):
    path = write(DIALOG)
    path.write_text(path.read_text()[:-20])
    with pytest.raises(BadRequestError) as caught:
        read(path)
    assert caught.value.code == "invalid_json"


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match=r"absent\.json"):
        read(tmp_path / "absent.json")


@pytest.fixture(scope="module")
def volunteers() -> list[dict]:
    if not VOLUNTEERS.exists():
        pytest.skip(f"the ConvAI2 volunteers' file is not at {VOLUNTEERS}")
    return json.loads(VOLUNTEERS.read_text())


def test_the_volunteers_file_comes_in_whole(volunteers):
    batches = list(open_source(VOLUNTEERS).batches())
    found = events(batches)
    kinds = Counter(event["type"] for event in found)
    assert (kinds["conversation"], kinds["message"]) == (1111, 14623)
    assert (len(volunteers), sum(len(dialog["dialog"]) for dialog in volunteers)) == (1111, 14623)
    assert len({event["session_id"] for event in found if event["type"] == "conversation"}) == 789
    assert {bot.id for batch in batches for bot in batch.chatbots} == {
        dialog["participant2_id"]["user_id"] for dialog in volunteers
    }
    assert len({event["chatbot_id"] for event in found}) == 5
    votes = Counter(m["evaluation_score"] for dialog in volunteers for m in dialog["dialog"])
    assert Counter(event["value"] for event in found if event["type"] == "feedback") == {
        "positive": votes[1],
        "negative": votes[0],
    }
    ratings = Counter(dialog["eval_score"] for dialog in volunteers)
    del ratings[None]
    assert Counter(event["score"] for event in found if event["type"] == "rating") == ratings
    roles = Counter(m["sender_class"] for dialog in volunteers for m in dialog["dialog"])
    assert Counter(event["role"] for event in found if event["type"] == "message") == {
        "user": roles["Human"],
        "assistant": roles["Bot"],
    }


@pytest.mark.usefixtures("volunteers")
def test_the_volunteers_file_gives_the_same_ids_again_and_resumes_anywhere():
    source = open_source(VOLUNTEERS)
    batches = list(source.batches())
    assert (source.total, batches[-1].position) == (1111, "1111")
    assert list(open_source(VOLUNTEERS).batches()) == batches
    for number, batch in enumerate(batches, 1):
        assert list(source.batches(after=batch.position)) == batches[number:]
    found = events(batches)
    for kind in ("conversation", "message"):
        ids = [event["id"] for event in found if event["type"] == kind]
        assert len(set(ids)) == len(ids)
