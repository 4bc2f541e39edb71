"""From a request body to events: what is taken, what is refused and why, and that neighbours never suffer."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botlens.events.decode import MAX_EVENTS, decode_json
from botlens.events.record import record_of
from tests.unit.bodies import (
    GOOD,
    MESSAGE,
    OF,
    UNSET,
    WAYS,
    as_json,
    bad,
    nested,
    with_content,
    written,
)

REFUSED = [
    ("unknown_type", "type", bad("message", type="msg")),
    ("unknown_type", "type", bad("message", type=UNSET)),
    ("unknown_type", "type", bad("message", type=7)),
    ("unknown_type", "type", {}),
    ("missing_field", "id", bad("message", id=UNSET)),
    ("missing_field", "content", bad("message", content=UNSET)),
    ("missing_field", "created_at", bad("message", created_at=UNSET)),
    ("missing_field", "id", bad("conversation", id=UNSET)),
    ("missing_field", "message_id", bad("feedback", message_id=UNSET)),
    ("missing_field", "score", bad("rating", score=UNSET)),
    ("missing_field", "created_at", bad("handoff", created_at=UNSET)),
    ("missing_field", "name", bad("outcome", name=UNSET)),
    ("invalid_time", "created_at", bad("message", created_at="2026-03-01T09:30:00")),
    ("invalid_time", "created_at", bad("message", created_at="2026-03-01")),
    ("invalid_time", "created_at", bad("message", created_at="yesterday")),
    ("invalid_time", "created_at", bad("message", created_at=1_767_225_600)),
    ("invalid_time", "created_at", bad("message", created_at=None)),
    ("invalid_time", "created_at", bad("message", created_at="1969-12-31T23:59:59.999999Z")),
    ("invalid_time", "created_at", bad("conversation", created_at="2200-01-01T00:00:00Z")),
    ("invalid_time", "created_at", bad("message", created_at="0001-01-01T00:00:00+14:00")),
    ("invalid_time", "created_at", bad("message", created_at="9999-12-31T23:59:59-14:00")),
    ("invalid_id", "id", bad("message", id="")),
    ("invalid_id", "id", bad("message", id="x" * 129)),
    ("invalid_id", "chatbot_id", bad("rating", chatbot_id="")),
    ("invalid_id", "message_id", bad("feedback", message_id="")),
    ("invalid_id", "conversation_id", bad("message", conversation_id="ticket-1\n")),
    ("invalid_id", "id", bad("message", id="a\tb")),
    ("invalid_id", "id", bad("conversation", id="\x7f")),
    ("invalid_id", "chatbot_id", bad("outcome", chatbot_id="a\x85b")),
    ("invalid_id", "message_id", bad("feedback", message_id="a\u2028")),
    ("invalid_length", "content", bad("message", content="x" * 100_001)),
    ("invalid_length", "session_id", bad("message", session_id="x" * 129)),
    ("invalid_length", "name", bad("outcome", name="")),
    ("out_of_range", "confidence_score", bad("message", confidence_score=1.01)),
    ("out_of_range", "confidence_score", bad("message", confidence_score=-0.01)),
    ("out_of_range", "latency_ms", bad("message", latency_ms=-1)),
    ("out_of_range", "sequence", bad("message", sequence=2**53 + 1)),
    ("out_of_range", "revision", bad("conversation", revision=-1)),
    ("out_of_range", "score", bad("rating", score=0)),
    ("out_of_range", "score", bad("rating", score=6)),
    ("invalid_value", "role", bad("message", role="bot")),
    ("invalid_value", "value", bad("feedback", value="Positive")),
    ("wrong_type", "id", bad("message", id=5)),
    ("wrong_type", "content", bad("message", content=None)),
    ("wrong_type", "confidence_score", bad("message", confidence_score="0.5")),
    ("wrong_type", "confidence_score", bad("message", confidence_score=True)),
    ("wrong_type", "fallback", bad("message", fallback=1)),
    ("wrong_type", "metadata", bad("message", metadata=[])),
    ("wrong_type", "score", bad("rating", score=4.5)),
    ("wrong_type", "JSON object", [1]),
    ("wrong_type", "JSON object", 5),
    ("wrong_type", "JSON object", None),
    ("invalid_utf8", "UTF-8", with_content(b"\xff")),
    ("invalid_utf8", "UTF-8", with_content(b"\xed\xa0\x80")),  # half a surrogate pair, as bytes
    ("invalid_json", "JSON", with_content(rb"\ud800")),  # the same, escaped
    ("invalid_json", "JSON", with_content(rb"\udc00\ud800")),
    ("invalid_json", "JSON", bad("message", confidence_score=float("nan"))),
    ("invalid_json", "JSON", bad("message", metadata={"a": float("inf")})),
    ("nul_byte", "content", bad("message", content="a\0b")),
    ("nul_byte", "id", bad("message", id="\0")),
    ("nul_byte", "comment", bad("feedback", comment="\0")),
    ("nul_byte", "metadata", bad("message", metadata={"a": [{"b": "\0"}]})),
    ("nul_byte", "metadata", bad("message", metadata={"a": {"\0": 1}})),
    ("too_deep", "32 levels", bad("message", metadata=nested(32))),
    ("too_deep", "32 levels", bad("conversation", metadata={"a": [1, nested(30)]})),
    ("too_deep", "32 levels", bad("rating", notes=nested(32))),
    ("too_deep", "32 levels", bad("message", id=nested(500))),
]


@WAYS
@pytest.mark.parametrize(("code", "named", "event"), REFUSED)
def test_a_bad_event_is_refused_alone_and_says_why(way, code, named, event):
    """Its code and field are told, at its place; the events before and after it are taken."""
    decoded = way([GOOD["rating"], event, MESSAGE])
    [rejection] = decoded.rejected
    assert (rejection.index, rejection.code) == (1, code)
    assert named in rejection.message
    assert decoded.places == [0, 2]
    assert [type(event).__name__ for event in decoded.events] == ["Rating", "Message"]


@WAYS
@pytest.mark.parametrize(
    "event",
    [
        *GOOD.values(),
        bad("message", id="x" * 128, content="", session_id="", language="x" * 128),
        bad("message", content="x" * 100_000),
        bad("message", created_at="1970-01-01T00:00:00Z"),
        bad("message", created_at="2199-12-31T23:59:59.999999Z"),
        bad("message", confidence_score=0, latency_ms=0.5, sequence=-(2**53), fallback=False),
        bad("message", confidence_score=1, sequence=None, revision=2**53, metadata={"a": [None, "ü😀"]}),
        bad("conversation", created_at=None, test=None),
        bad("rating", score=1),
        bad("outcome", value=-1.5),
        bad("message", metadata=nested(31)),
        bad("message", metadata={"a": [[], {}, nested(29)]}),
        bad("message", conversation_id="ü /?#%\u00ad\u200f😀", session_id="a\nb", channel="\t"),
        bad("outcome", name="two\nlines"),
        bad("message", content="a literal \\u0000 is no NUL", metadata={"a": "\\u0000"}),
    ],
)
def test_what_is_just_within_the_bounds_is_taken(way, event):
    """Alone and beside a bad one, with the same result."""
    alone, beside = way([event]), way([event, {}])
    assert (alone.rejected, alone.warnings.listed, beside.warnings.listed) == ([], [], [])
    assert alone.events == beside.events
    assert len(alone.events) == 1


@WAYS
def test_unknown_fields_are_left_out_with_a_warning(way):
    """A field that a newer client sends costs nobody an event; a slip of the pen gets a hint."""
    decoded = way([MESSAGE, bad("message", confidence=0.1, shoe_size=44), bad("rating", confidence=1)])
    plain = way([MESSAGE, MESSAGE, GOOD["rating"]])
    assert (decoded.events, decoded.places, decoded.rejected) == (plain.events, [0, 1, 2], [])
    assert [(each.index, each.code) for each in decoded.warnings.listed] == [
        (1, "unknown_field"),
        (1, "unknown_field"),
        (2, "unknown_field"),
    ]
    assert "`confidence_score`" in decoded.warnings.listed[0].message
    assert "`metadata`" in decoded.warnings.listed[1].message


@WAYS
def test_warnings_are_counted_and_the_first_of_a_kind_shown(way):
    """10,000 events with 3 unknown fields: 30,000 are counted, 10 of each field are told, in their order."""
    own = bad("message", tokens=5, model="m", confidence=0.1)
    decoded = way([own] * MAX_EVENTS)
    assert len(decoded.events) == MAX_EVENTS
    assert decoded.warnings.counts == {"unknown_field": 3 * MAX_EVENTS}
    assert [each.index for each in decoded.warnings.listed] == [
        place for place in range(10) for _ in range(3)
    ]


@WAYS
def test_endless_kinds_of_warnings_are_not_all_told(way):
    """200 events, each with a field that no other has: 200 are counted, 100 are told."""
    decoded = way([bad("message", **{f"field {number}": 1}) for number in range(200)])
    assert decoded.warnings.counts == {"unknown_field": 200}
    assert len(decoded.warnings.listed) == 100


@WAYS
def test_an_unknown_field_does_not_hide_what_else_is_wrong(way):
    """Without the field the event is checked as any other."""
    decoded = way([bad("message", extra=1, role="bot"), bad("message", extra=1, content="\0")])
    assert [each.code for each in decoded.rejected] == ["invalid_value", "nul_byte"]
    assert decoded.events == []


@WAYS
def test_an_event_that_is_nested_too_deeply_is_refused_alone(way):
    """A hundred thousand brackets must not bring the decoder down."""
    deep = written({**MESSAGE, "metadata": 0}).replace(
        b": 0", b': {"a": ' + b"[" * 10**5 + b"]" * 10**5 + b"}"
    )
    decoded = way([MESSAGE, deep, MESSAGE])
    assert [(each.index, each.code) for each in decoded.rejected] == [(1, "too_deep")]
    assert decoded.places == [0, 2]


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-01T09:30:00.000001Z",
        "2026-03-01T10:30:00.000001+01:00",
        "2026-03-01T15:15:00.000001+05:45",
        "2026-02-28T22:30:00.000001-11:00",
        "2026-03-01T09:30:00.000001-00:00",
    ],
)
def test_times_with_different_offsets_are_the_same_instant_to_the_microsecond(time):
    """What counts is the instant; the offset is only how it was written."""
    [event] = as_json([bad("message", created_at=time)]).events
    assert event.created_at == datetime(2026, 3, 1, 9, 30, 0, 1, tzinfo=UTC)
    assert record_of(event).created_at == 1_772_357_400_000_001


EVENTS = st.builds(
    lambda kind, extra: {**GOOD[kind], **extra},
    st.sampled_from(sorted(GOOD)),
    st.fixed_dictionaries(
        {
            "chatbot_id": st.text(
                st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=9
            )
        }
    ),
)


BAD = st.sampled_from([event for _, _, event in REFUSED])


@WAYS
@settings(max_examples=50)
@given(st.lists(EVENTS, min_size=1, max_size=5), BAD, st.data())
def test_one_bad_event_changes_nothing_for_the_others(way, good, event, data):
    """The fast way (a flawless body) and the slow way (event by event) give the same events."""
    place = data.draw(st.integers(0, len(good)))
    fast, slow = way(good), way([*good[:place], event, *good[place:]])
    assert fast.rejected == []
    assert slow.events == fast.events
    assert slow.places == [at + (at >= place) for at in fast.places]
    assert [each.index for each in slow.rejected] == [place]


ODD = {
    "a role that quotes msgspec": (MESSAGE | {"role": "unknown field `x`"}, "invalid_value"),
    "a role like a bound": (MESSAGE | {"role": "a >= b"}, "invalid_value"),
    "a role like a length": (MESSAGE | {"role": "of length"}, "invalid_value"),
    "a role like a missing field": (MESSAGE | {"role": "missing required field `type`"}, "invalid_value"),
    "a type that quotes msgspec": (MESSAGE | {"type": "unknown field `x`"}, "unknown_type"),
    "a list as type": (MESSAGE | {"type": []}, "unknown_type"),
    "an unknown field and NaN": (MESSAGE | {"foo": 1, "content": float("nan")}, "invalid_json"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_events(name: str) -> None:
    """What an event says is never taken for what is said about it; its neighbours are taken."""
    event, code = ODD[name]
    decoded = decode_json(json.dumps({"events": [MESSAGE, event]}).encode())
    assert (len(decoded.events), [each.code for each in decoded.rejected]) == (1, [code])


def test_control_character_in_one_event() -> None:
    """A raw control character is not JSON; the events around the one that has it are taken all the same."""
    body = (
        json.dumps({"events": [MESSAGE, MESSAGE | {"content": "XX"}, MESSAGE]})
        .encode()
        .replace(b"XX", b"\x00")
    )
    decoded = decode_json(body)
    assert (len(decoded.events), [each.code for each in decoded.rejected]) == (2, ["nul_byte"])


@pytest.mark.parametrize("character", ["\x7f", "\x80", "\x85", "\x9f", "\u2028", "\u2029"])
def test_control_character_in_an_id_that_is_not_escaped(character: str) -> None:
    """JSON holds these as they are, in a body without an escape; the other event has none of them."""
    events = [MESSAGE | {"id": f"a{character}"}, MESSAGE | {"id": "\u00e9"}]
    decoded = decode_json(json.dumps({"events": events}, ensure_ascii=False).encode())
    assert [(each.index, each.code) for each in decoded.rejected] == [(0, "invalid_id")]
    assert decoded.places == [1]


def test_whole_numbers_as_floats() -> None:
    """Five stars may be written 5.0."""
    rating = {
        "type": "rating",
        "chatbot_id": "b",
        "conversation_id": "c",
        "score": 5.0,
        "created_at": OF["created_at"],
    }
    (event,) = decode_json(json.dumps({"events": [rating]}).encode()).events
    assert event.score == 5
