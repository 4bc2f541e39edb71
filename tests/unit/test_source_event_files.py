"""botlens' own event files, and telling one kind of file from another."""

import gzip
import json
import sys
from pathlib import Path

import pytest

from botlens.errors import BadRequestError, NotFoundError
from botlens.sources.files import events as event_files
from botlens.sources.files.convai2 import Convai2File
from botlens.sources.files.events import EventDocument, EventLines
from botlens.sources.files.formats import open_source
from botlens.sources.source import Batch, SourceChatbot

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def event(name: str, bot: str = "shop") -> dict:
    return {"type": "conversation", "chatbot_id": bot, "id": name}


EVENTS = [event("a"), event("b"), event("c", "clinic"), event("d")]
LINES = "".join(json.dumps(one) + "\n" for one in EVENTS).encode()
DOCUMENT = json.dumps({"events": EVENTS}).encode()


@pytest.fixture
def write(tmp_path):
    def write(content: bytes, name: str = "events") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def read(path: Path, *, after: str = "", size: int = 1000, **options: object) -> list[Batch]:
    return list(open_source(path, **options).batches(after=after, size=size))


@pytest.mark.parametrize("content", [LINES, DOCUMENT, json.dumps(EVENTS, indent=1).encode()])
def test_events_come_in_order_with_the_chatbots_they_need(write, content):
    path = write(content)
    assert open_source(path).total == (4 if content != LINES else LINES.count(b"\n"))
    assert read(path) == [Batch(EVENTS, (SourceChatbot("shop"), SourceChatbot("clinic")), "4", range(1, 5))]


@pytest.mark.parametrize("content", [LINES, DOCUMENT])
def test_reading_goes_on_where_a_batch_ended(write, content):
    path = write(content)
    batches = read(path, size=3)
    assert [(batch.position, len(batch.events)) for batch in batches] == [("3", 3), ("4", 1)]
    assert batches[1].chatbots == (SourceChatbot("shop"),)
    assert read(path, after="3", size=3) == batches[1:]
    assert read(path, after="4") == []


@pytest.mark.parametrize("content", [LINES, DOCUMENT])
def test_a_named_chatbot_takes_the_place_of_the_events(write, content):
    [batch] = read(write(content), chatbot_id="mine")
    assert {one["chatbot_id"] for one in batch.events} == {"mine"}
    assert batch.chatbots == (SourceChatbot("mine"),)


def test_an_event_without_a_chatbot_is_handed_on_for_the_importer_to_reject(write):
    [batch] = read(write(b'{"type": "message"}\n{"type": "message", "chatbot_id": 5}\n'))
    assert batch.events == [{"type": "message"}, {"type": "message", "chatbot_id": 5}]
    assert batch.chatbots == ()


def test_broken_lines_are_numbered_and_read_past(write):
    good = json.dumps(event("a")).encode()
    path = write(b"\n".join([good, b"", b'{"type": "mess', b"[1]", good, b"\xff\xfe", good]))
    source = open_source(path)
    [batch] = source.batches()
    assert batch.events == [event("a")] * 3
    assert [number for number, _ in batch.broken] == [3, 4, 6]
    assert [reason.split(":")[0] for _, reason in batch.broken] == [
        "not valid JSON",
        "not a JSON object",
        "not valid JSON",
    ]
    assert (batch.position, source.total) == ("7", 7)


def test_a_batch_of_nothing_but_broken_or_blank_lines_still_moves_on(write):
    path = write(LINES + b"{\n{\n\n")
    last = read(path, after="4", size=2)
    assert [(batch.position, len(batch.broken)) for batch in last] == [("6", 2), ("7", 0)]


def test_a_line_that_is_too_long_is_broken_and_the_next_one_is_read(write, monkeypatch):
    monkeypatch.setattr(event_files, "MAX_LINE", 100)
    path = write(LINES + json.dumps(event("x" * 300)).encode() + b"\n" + LINES)
    [batch] = EventLines(path).batches()
    assert batch.events == [*EVENTS, *EVENTS]
    assert [number for number, _ in batch.broken] == [5]
    assert batch.position == "9"


def test_elements_that_are_no_objects_are_broken(write):
    [batch] = read(write(json.dumps({"events": [event("a"), 7, event("b")]}).encode()))
    assert batch.events == [event("a"), event("b")]
    assert batch.broken == ((2, "not a JSON object"),)
    assert batch.position == "3"


@pytest.mark.parametrize("content", [b'{"events": [', b'{"events": 5}', b'{"events": [{"type" "x"}]}'])
def test_a_document_that_is_no_json_is_refused_whole(write, content):
    with pytest.raises(BadRequestError) as caught:
        read(write(content), format="json")
    assert caught.value.code == "invalid_json"


PACKERS = {
    "gzip": gzip.compress,
    "zstd": zstd.compress,
    "two zstd frames": lambda content: zstd.compress(content[:90]) + zstd.compress(content[90:]),
    "byte order mark": lambda content: b"\xef\xbb\xbf" + content,
}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("content", [LINES, DOCUMENT], ids=["lines", "document"])
def test_packed_files_are_read_like_plain_ones(write, pack, content):
    path = write(pack(content))
    assert read(path, size=3) == read(write(content, "plain"), size=3)
    assert read(path, after="3")[0].events == EVENTS[3:]


def test_the_lines_of_a_packed_file_are_not_counted_ahead(write):
    assert open_source(write(gzip.compress(LINES))).total is None


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress], ids=["gzip", "zstd"])
def test_a_packed_file_cut_short_is_an_error_and_not_a_shorter_file(write, pack):
    with pytest.raises(BadRequestError) as caught:
        read(write(pack(LINES)[:-9]), format="ndjson")
    assert caught.value.code == "broken_compression"


INDENTED = '{"events": [\n' + ",\n".join(map(json.dumps, EVENTS)) + "\n]}"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (LINES, "any.txt", EventLines),
        (b"\n\n" + LINES, "any", EventLines),
        (b'{"type": "mess\n' + LINES, "any", EventLines),
        (b"garbage\n" + LINES, "any", EventLines),
        (b"", "nothing.ndjson", EventLines),
        (b"", "nothing.jsonl.gz", EventLines),
        (DOCUMENT, "any.ndjson", EventDocument),
        (INDENTED.encode(), "any", EventDocument),
        (b'{"from": "x",\n "events": [\n{"type": "rating"}\n]}', "any", EventDocument),
        (json.dumps(EVENTS).encode(), "any", EventDocument),
        (b" [ ] ", "any", EventDocument),
        (b'[{"dialog": [{"text": "\\"type\\": 1"}], "type": 3}]', "any", Convai2File),
        (b'[{"eval_score": 5, "dialog" : []}]', "any", Convai2File),
        (b'[7, {"profile": {"type": "x"}, "dialog": []}]', "any", Convai2File),
        (b'[{"metadata": {"dialog": []}, "type": "rating"}]', "any", EventDocument),
        (
            b'[{"metadata": {"dialog": ' + b"[" * 9_999 + b"]" * 9_999 + b'}, "type": "rating"}]',
            "any",
            EventDocument,
        ),
        (b'[{"type": "rating", "dialog": 1}]', "any", EventDocument),
        (b'[{"content": "\\"dialog\\": 1", "type": "message"}]', "any", EventDocument),
        (b'{"events": [{"metadata": ' + b"[" * 9_999 + b"]" * 9_999 + b"}]}", "any", EventDocument),
        (b'{"metadata": ' + b"[" * 9_999 + b"\n" + LINES, "any", EventLines),
    ],
)
def test_the_format_is_told_by_the_content(write, content, name, kind):
    """By what the records say themselves: their metadata may look like anything, and be nested as deep."""
    assert type(open_source(write(content, name))) is kind


def test_events_that_are_too_deep_are_broken_alone(write):
    """No file makes the reading stop with anything but a sentence."""
    deep = b'{"type": "rating", "metadata": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    events = b", ".join([json.dumps(EVENTS[0]).encode(), deep, json.dumps(EVENTS[1]).encode()])
    for content in (b'{"events": [%b]}' % events, b"[%b]" % events):
        [batch] = read(write(content))
        assert batch.events == EVENTS[:2]
        assert batch.broken == ((2, "nested more than 32 levels deep"),)
        assert batch.position == "3"
    for content in (
        b'{"x": %b, "events": [{"type": "rating"}]}',
        b'[{"dialog": %b}]',
        b'[{"type": "rating", "x": %b',
    ):
        with pytest.raises(BadRequestError) as caught:
            read(write(content % (b"[" * 5_000 + b"]" * 5_000)))
        assert caught.value.code == "invalid_json"


@pytest.mark.parametrize("content", [b'[{"a": 1}]', json.dumps(EVENTS).encode(), LINES, DOCUMENT, b"{}"])
def test_the_name_botlens_is_for_either_format_of_events(write, content):
    """Whatever is in it, if it is no dialog."""
    kind = EventLines if content in (LINES, b"{}") else EventDocument
    assert type(open_source(write(content), format="botlens")) is kind


def test_dialogs_are_no_events_of_botlens(write):
    """Who says that they are is told so, before anything of them is taken."""
    file = write(b'[{"dialog": [{"sender": "user", "text": "Hi", "id": 0}]}]')
    assert type(open_source(file)) is Convai2File
    with pytest.raises(BadRequestError, match="holds ConvAI2 dialogs") as refused:
        open_source(file, format="botlens")
    assert refused.value.code == "unknown_format"


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b'{"rows": []}', b'[{"a": 1}]', b"\x00\x01", b"[1, 2]"])
def test_an_unknown_format_is_refused_naming_the_known_ones(write, content):
    with pytest.raises(BadRequestError) as caught:
        open_source(write(content))
    assert caught.value.code == "unknown_format"
    assert all(name in caught.value.message for name in ("ConvAI2", "botlens JSON", "NDJSON", "gzip", "zstd"))


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_an_empty_file_is_called_empty(write, content):
    """Nothing can be told by no content, and the list of known formats would not help."""
    with pytest.raises(BadRequestError, match=r"events is empty\.$") as refused:
        open_source(write(content))
    assert refused.value.code == "unknown_format"


def test_an_unknown_format_name_is_refused(write):
    with pytest.raises(BadRequestError, match="'csv' is not a format") as caught:
        open_source(write(LINES), format="csv")
    assert caught.value.code == "unknown_format"


def test_a_named_format_is_not_detected(write):
    assert type(open_source(write(b"{}"), format="ndjson")) is EventLines


def test_what_is_no_file_is_said_so(tmp_path):
    with pytest.raises(NotFoundError, match="absent"):
        open_source(tmp_path / "absent")
    with pytest.raises(BadRequestError, match="cannot be read as a file"):
        open_source(tmp_path)
