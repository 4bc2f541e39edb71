"""Dialogs in the layout of the ConvAI2 challenge: one JSON array, people talking to bots.

What becomes of a dialog:

* The chatbot is `participant2_id.user_id` and the session `participant1_id.user_id`; where the classes say
  that it is the first participant that is the bot, the other way round. The published volunteers' file has a
  user first and a bot second throughout.
* A dialog between two people has no chatbot of its own, so it needs the `chatbot_id` argument; the second
  person, who sits where a bot would, is then an `agent`.
* Messages have no times: they are spread evenly from `start_time` to `end_time` (UTC), to the microsecond
  below. A single message is at `start_time`. A dialog without messages is a conversation all the same.
* `evaluation_score` 1 or 0 is a positive or negative vote on the message, at the message's time;
  `eval_score` 1..5 is the conversation's rating, at `end_time`.
* `profile_match` (whether the person recognised the bot's profile afterwards) is kept as metadata. The data
  names no language, so neither does the conversation.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from botlens.errors import BadRequestError
from botlens.moments import iso, microseconds
from botlens.sources.files.compression import unpacked
from botlens.sources.files.positions import position_after, records_before
from botlens.sources.source import START, Batch, chatbots_needed

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class _Participant(msgspec.Struct):
    user_id: _Id
    class_: str = msgspec.field(name="class")


class _Message(msgspec.Struct):
    text: str
    sender_class: Literal["Human", "Bot"]
    sender: str | None = None
    evaluation_score: Annotated[int, msgspec.Meta(ge=0, le=1)] | None = None


class _Dialog(msgspec.Struct):
    dialog: list[_Message]
    start_time: datetime
    end_time: datetime
    participant1_id: _Participant
    participant2_id: _Participant
    eval_score: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    profile_match: Any = None


class Convai2File:
    """A ConvAI2 file as a source; a record is a dialog.

    Ids are made of the dialog's place in the file and a hash of what was said: the same file gives the same
    ids each time, and two files never meet in one id. Votes and ratings are not part of the hash, so a file
    that was evaluated further updates the conversations that are there.
    """

    def __init__(self, path: Path, *, chatbot_id: str | None = None) -> None:
        """Reads the file and finds its dialogs, without looking into them yet.

        Raises:
            NotFoundError: there is no such file.
            BadRequestError: `invalid_json`, or it cannot be unpacked.
        """
        self._chatbot_id = chatbot_id
        with unpacked(path) as file:
            content = file.read()
        try:
            self._dialogs = msgspec.json.decode(content, type=list[msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequestError(
                f"{path} is not the JSON array of dialogs that ConvAI2 files are ({error}).",
                code="invalid_json",
            ) from error

    @property
    def total(self) -> int:
        """The number of dialogs."""
        return len(self._dialogs)

    def batches(self, *, after: str = START, size: int = 1000) -> Iterator[Batch]:
        """Whole dialogs after a position, until a batch has at least `size` events.

        Raises:
            BadRequestError: `malformed_dialog`, naming the dialog's index (from 0) and the field. The
                batches before it have been given.
            UnknownPositionError: `after` is none of a file.
        """
        start = given = records_before(after)
        events: list[dict[str, Any]] = []
        for index, raw in enumerate(islice(self._dialogs, start, None), start):
            events += _events(index, _decoded(index, raw), self._chatbot_id)
            if len(events) >= size:
                yield self._batch(events, given, index + 1)
                events, given = [], index + 1
        if events:
            yield self._batch(events, given, len(self._dialogs))

    def _batch(self, events: list[dict[str, Any]], given: int, read: int) -> Batch:
        names = {} if self._chatbot_id else {event["chatbot_id"]: event["chatbot_id"] for event in events}
        return Batch(events, chatbots_needed(events, names), position_after(read), range(given + 1, read + 1))


def _decoded(index: int, raw: msgspec.Raw) -> _Dialog:
    try:
        dialog = msgspec.json.decode(raw, type=_Dialog)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(index, _field(str(error)), str(error)) from error
    dialog.start_time = _utc(dialog.start_time)
    dialog.end_time = _utc(dialog.end_time)
    if dialog.end_time < dialog.start_time:
        raise _malformed(index, "end_time", "it ends before it starts")
    return dialog


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _malformed(index: int, field: str, reason: str) -> BadRequestError:
    return BadRequestError(
        f"Dialog {index} (counted from 0), field {field or 'dialog'}: {reason}.",
        code="malformed_dialog",
        field=f"[{index}].{field}" if field else f"[{index}]",
    )


def _field(reason: str) -> str:
    """`dialog[3].text` out of msgspec's "Expected `str`, got `int` - at `$.dialog[3].text`"."""
    path = re.search(r"at `\$\.?([^`]*)`$", reason)
    missing = re.search(r"missing required field `([^`]*)`", reason)
    return ".".join(found[1] for found in (path, missing) if found and found[1])


def _events(index: int, dialog: _Dialog, chatbot_id: str | None) -> list[dict[str, Any]]:
    bot, person = _bot_and_person(index, dialog, chatbot_id)
    conversation_id = f"convai2-{index:06d}-{_fingerprint(dialog)}"
    conversation: dict[str, Any] = {
        "type": "conversation",
        "chatbot_id": bot,
        "id": conversation_id,
        "created_at": iso(microseconds(dialog.start_time)),
        "session_id": person,
    }
    if dialog.profile_match in (0, 1):
        conversation["metadata"] = {"profile_match": dialog.profile_match}
    events = [conversation, *_messages(dialog, bot, conversation_id)]
    if dialog.eval_score is not None:
        events.append(
            {
                "type": "rating",
                "chatbot_id": bot,
                "conversation_id": conversation_id,
                "score": dialog.eval_score,
                "created_at": iso(microseconds(dialog.end_time)),
            }
        )
    return events


def _bot_and_person(index: int, dialog: _Dialog, chatbot_id: str | None) -> tuple[str, str]:
    first, second = dialog.participant1_id, dialog.participant2_id
    if second.class_ == "Bot":
        return chatbot_id or second.user_id, first.user_id
    if first.class_ == "Bot":
        return chatbot_id or first.user_id, second.user_id
    if chatbot_id:
        return chatbot_id, first.user_id
    reason = "neither participant is a Bot; name the chatbot that these dialogs belong to (--chatbot ID)"
    raise _malformed(index, "participant2_id.class", reason)


def _messages(dialog: _Dialog, bot: str, conversation_id: str) -> Iterator[dict[str, Any]]:
    bots = "Bot" in (dialog.participant1_id.class_, dialog.participant2_id.class_)
    duration = dialog.end_time - dialog.start_time
    steps = max(len(dialog.dialog) - 1, 1)
    for place, message in enumerate(dialog.dialog):
        message_id = f"{conversation_id}-{place:04d}"
        created_at = iso(microseconds(dialog.start_time + duration * place // steps))
        yield {
            "type": "message",
            "chatbot_id": bot,
            "conversation_id": conversation_id,
            "id": message_id,
            "role": _role(message, has_bot=bots),
            "content": message.text,
            "created_at": created_at,
            "sequence": place,
        }
        if message.evaluation_score is not None:
            yield {
                "type": "feedback",
                "chatbot_id": bot,
                "conversation_id": conversation_id,
                "message_id": message_id,
                "value": "positive" if message.evaluation_score else "negative",
                "created_at": created_at,
            }


def _role(message: _Message, *, has_bot: bool) -> str:
    if message.sender_class == "Bot":
        return "assistant"
    return "user" if has_bot or message.sender != "participant2" else "agent"


def _fingerprint(dialog: _Dialog) -> str:
    said = (
        dialog.start_time,
        dialog.end_time,
        dialog.participant1_id.user_id,
        dialog.participant2_id.user_id,
        [message.text for message in dialog.dialog],
    )
    return blake2b(msgspec.json.encode(said), digest_size=6).hexdigest()
