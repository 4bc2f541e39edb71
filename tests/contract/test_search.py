"""`search`: in all texts of conversations, with the place of what was found."""

from functools import partial
from typing import Any

import pytest

from botlens.answers.conversations import pages
from tests.conftest import Tenant
from tests.events import answer, conversation, handoff, message, rating

PATH = "/v1/conversations"


def ids(tenant: Tenant, **params: str) -> list[str]:
    page = tenant.get(PATH, **params)
    assert page["total"] == len(page["conversations"])
    return [each["conversation_id"] for each in page["conversations"]]


def said(tenant: Tenant, text: str, **more: Any) -> None:
    """The only conversation, of one message."""
    tenant.send(message("a", "1", text, **more))


@pytest.fixture
def talks(tenant: Tenant) -> Tenant:
    """a asks, b answers, c has a human who says it, d says something else."""
    tenant.send(
        message("a", "1", "Was kostet eine Überweisung nach Zürich?", "2026-03-16T10:00:00Z"),
        answer("b", "1", 0.9, "2026-03-17T10:00:00Z", content="Nach Zu\u0308rich: 2 Franken"),
        message("c", "1", "Hello", "2026-03-18T10:00:00Z"),
        message("c", "2", "I am in ZURICH, too", "2026-03-18T10:00:01Z", role="agent"),
        handoff("c"),
        rating("c", 5),
        message("d", "1", "Bern", "2026-03-18T10:00:02Z"),
    )
    return tenant


def test_in_all_texts(talks: Tenant) -> None:
    """Questions, answers and what humans say, by whichever accents and case; the list is as ever."""
    assert ids(talks, search="zürich") == ids(talks, search="  ZURICH ") == ["c", "b", "a"]
    assert ids(talks, search="kostet eine") == ["a"]
    assert ids(talks, search="nothing of this") == []
    assert ids(talks, search="zurich", sort="started_at", filter="rating:is:null") == ["a", "b"]
    assert ids(talks, search="zurich", metric="ratings") == ["c"]
    assert ids(talks, search="zurich", period="today") == ["c"]
    assert ids(talks, search="zurich", to="2026-03-16") == ["a"]
    assert "found" not in talks.get(PATH)["conversations"][0]


def bounded(monkeypatch: pytest.MonkeyPatch, **bounds: int) -> None:
    """A search reads and finds less before it stops."""
    monkeypatch.setattr(pages, "newest_where_said", partial(pages.newest_where_said, **bounds))


def stretches(tenant: Tenant, **params: str) -> list[tuple[list[str], str | None]]:
    """What a search finds, and back to when it looked; gone on with until all was looked through."""
    found, before = [], {}
    while True:
        page = tenant.get(PATH, **params, **before)
        since = page["meta"]["searched_from"]
        assert page["total"] == len(page["conversations"])
        found.append(([each["conversation_id"] for each in page["conversations"]], since))
        if since is None:
            return found
        before = {"search_before": since}


def test_what_is_found_often(talks: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are found, with the moment back to which all were looked through; from there it goes on."""
    assert stretches(talks, search="zurich") == [(["c", "b", "a"], None)]
    bounded(monkeypatch, most_found=2)
    assert stretches(talks, search="zurich") == [
        (["c", "b"], "2026-03-16T10:00:00.000001Z"),
        (["a"], None),
    ]
    assert stretches(talks, search="zurich", sort="started_at", to="2026-03-17") == [(["a", "b"], None)]
    bounded(monkeypatch, most_found=1)
    assert [each for each, _ in stretches(talks, search="zurich", metric="conversations")] == [
        *(["c"], ["b"], ["a"]),
    ]


def test_what_is_said_much(talks: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many messages the newest days are read, and one day at least: a text that is found nowhere, too."""
    bounded(monkeypatch, most_texts=4)  # of the 18th there are three
    assert stretches(talks, search="zurich") == [
        (["c", "b"], "2026-03-17T00:00:00.000000Z"),
        (["a"], None),
    ]
    bounded(monkeypatch, most_texts=1)
    assert stretches(talks, search="nothing of this") == [
        ([], "2026-03-18T00:00:00.000000Z"),
        ([], "2026-03-17T00:00:00.000000Z"),
        ([], None),
    ]


def test_many_at_one_moment(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Conversations of one moment are found together, however many: there is no place between them."""
    tenant.send(*(message(each, "1", "parcel", "2026-03-18T10:00:00Z") for each in "abc"))
    tenant.send(message("z", "1", "parcel", "2026-03-17T10:00:00Z"))
    bounded(monkeypatch, most_found=2)
    found = stretches(tenant, search="parcel")
    assert [sorted(each) for each, _ in found] == [["a", "b", "c"], ["z"]]


def test_a_file_has_all_that_was_found(talks: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often that is; and, where it is said so, only what started before."""
    bounded(monkeypatch, most_found=1)

    def lines(**params: str) -> int:
        asked = {**params, "format": "jsonl"}
        file = talks.world.client.get("/v1/export", params=asked, headers=talks.headers)
        return len(file.text.splitlines())

    assert lines(search="zurich") == 3
    assert lines(search="zurich", search_before="2026-03-17T10:00:00Z") == 1


@pytest.mark.parametrize(
    "params", [{"search_before": "2026-03-17T10:00:00Z"}, {"search": "a", "search_before": "2026-03-17"}]
)
def test_where_a_search_cannot_go_on(talks: Tenant, params: dict[str, str]) -> None:
    """Without a search, or from what is no moment."""
    answer = talks.world.client.get(PATH, params=params, headers=talks.headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "search_before")


def test_where(talks: Tenant) -> None:
    """The message, who said it, and the characters: of a letter with its mark both."""
    found = {
        each["conversation_id"]: each["found"] for each in talks.get(PATH, search="zurich")["conversations"]
    }
    assert found["a"] == {
        "messages": 1,
        "first": [
            {
                "message_id": "1",
                "role": "user",
                "places": [{"start": 33, "length": 6}],
                "snippet": "Was kostet eine Überweisung nach Zürich?",
                "snippet_start": 0,
            }
        ],
    }
    (first,) = found["b"]["first"]
    assert (first["role"], first["places"]) == ("assistant", [{"start": 5, "length": 7}])
    assert [(each["message_id"], each["role"]) for each in found["c"]["first"]] == [("2", "agent")]


def test_places_are_code_points(tenant: Tenant) -> None:
    """A character outside of the plane of most counts once, as in Python, not twice as in JavaScript."""
    said(tenant, "😀😀 parcel, Parcel " + "x" * 100 + " PARCEL")
    (listed,) = tenant.get(PATH, search="parcel")["conversations"]
    (found,) = listed["found"]["first"]
    assert [each["start"] for each in found["places"]] == [3, 11, 119]
    assert found["snippet"].startswith("😀😀 parcel, Parcel xxx")
    assert len(found["snippet"]) == 3 + 6 + 60


def test_many_messages(tenant: Tenant) -> None:
    """A conversation tells in how many messages it is, and shows the first three, in their order."""
    tenant.send(*(message("a", str(n), "parcel", f"2026-03-18T10:00:0{9 - n}Z") for n in range(5)))
    (listed,) = tenant.get(PATH, search="parcel")["conversations"]
    assert listed["found"]["messages"] == 5
    assert [each["message_id"] for each in listed["found"]["first"]] == ["4", "3", "2"]


def test_a_snippet_knows_where_it_is(tenant: Tenant) -> None:
    """Sixty characters on each side, and the place of the first of them."""
    said(tenant, "a" * 500 + "needle" + "b" * 4494)
    (found,) = tenant.get(PATH, search="needle")["conversations"][0]["found"]["first"]
    assert found["snippet"] == "a" * 60 + "needle" + "b" * 60
    assert (found["snippet_start"], found["places"]) == (440, [{"start": 500, "length": 6}])


def test_what_won(tenant: Tenant) -> None:
    """A text that was revised, sent again, or is of a test or deleted conversation is not found any more."""
    tenant.send(
        message("a", "1", "first version"),
        message("b", "1", "first version", revision=3),
        message("c", "1", "first version"),
        message("d", "1", "first version"),
        message("e", "1", "first version"),
        message("f", "1", "first version", revision=2),
    )
    assert ids(tenant, search="first version") == list("abcdef")
    tenant.world.engine.commits.flush()
    tenant.send(
        message("a", "1", "second version", revision=1),
        message("b", "1", "an older one", revision=2),
        message("c", "1", "sent again"),
        conversation("d", test=True),
        message("f", "1", "sent again", revision=2),
    )
    deleted = tenant.world.client.delete(f"{PATH}/e", headers=tenant.headers)
    assert deleted.status_code == 204
    for _ in range(2):
        assert ids(tenant, search="first version") == ["b"]
        assert ids(tenant, search="second version") == ["a"]
        assert ids(tenant, search="sent again") == ["c", "f"]
        assert ids(tenant, search="an older one") == []
        tenant.world.engine.commits.flush()


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("straße", "STRASSE"),
        ("strasse", "Straße"),
        ("s", "ß"),
        ("file", "ﬁle"),
        ("where is it", "Ｗｈｅｒｅ  is\n\tit"),
        ("par\u200bcel", "parcel"),
        ("parcel", "par\u00adcel"),
        ("é", "e"),
        ("が", "か\u3099"),
        ("東京", "東京は"),
        ("😀", "a😀b"),
        ("(a|b)*[c]\\d^$", "say (A|B)*[C]\\D^$ again"),
        ("'; DROP TABLE x; --", "'; drop table x; --"),
        ("{sought:String}", "{sought:String}"),
        ("%_", "100 %_"),
        ("<script>", "<SCRIPT>alert(1)</script>"),
        ("\u202egnp", "\u202eGNP.exe"),
        ("ss" * 50, "ß" * 50),
        ("x" * 100, "X" * 5000),
    ],
)
def test_found(tenant: Tenant, sought: str, text: str) -> None:
    """What reads alike is found, whatever it is made of, and nothing in it is a sign of anything."""
    said(tenant, text)
    assert ids(tenant, search=sought) == ["a"]
    assert tenant.get(PATH, search=sought)["conversations"][0]["found"]["first"][0]["places"]


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("a.c", "abc"),
        ("か", "が"),
        ("a b", "ab"),
        ("parcel", "parc el"),
        ("%", "x"),
        ("[ab]", "a"),
        ("1/2", "½"),
    ],
)
def test_not_found(tenant: Tenant, sought: str, text: str) -> None:
    """What reads differently is not."""
    said(tenant, text)
    assert ids(tenant, search=sought) == []


def test_pages_and_exports(talks: Tenant) -> None:
    """Leafing keeps what is sought, another text does not go with a cursor; a file has the same."""
    page = talks.get(PATH, search="zurich", limit="2")
    assert (page["total"], len(page["conversations"])) == (3, 2)
    rest = talks.get(PATH, search="zurich", limit="2", cursor=page["next"])
    assert [each["conversation_id"] for each in rest["conversations"]] == ["a"]
    assert talks.status(PATH, search="bern", cursor=page["next"]) == (422, "invalid_cursor")
    file = talks.world.client.get("/v1/export", params={"search": "zurich"}, headers=talks.headers)
    assert file.text.count("\r\n") == 4


def test_in_a_transcript(talks: Tenant) -> None:
    """The messages in which it was said, with all their places."""
    found = talks.get(f"{PATH}/c", search="zurich")["found"]
    assert [(each["message_id"], each["places"]) for each in found] == [("2", [{"start": 8, "length": 6}])]
    assert talks.get(f"{PATH}/c", search="bern")["found"] == []
    assert "found" not in talks.get(f"{PATH}/c")


@pytest.mark.parametrize("sought", [" ", "\u200b", "x" * 101])
def test_bad_texts(tenant: Tenant, sought: str) -> None:
    """Nothing, or too much."""
    for path in (PATH, f"{PATH}/a"):
        found = tenant.world.client.get(path, params={"search": sought}, headers=tenant.headers)
        assert (found.status_code, found.json()["error"]["field"]) == (422, "search")


def test_another_company(talks: Tenant, new_tenant: Any) -> None:
    """The same ids, the same chatbot id: nothing of it is found, nor does it count."""
    other: Tenant = new_tenant()
    other.send(message("a", "1", "Bern"), message("x", "1", "Zürich"))
    assert ids(other, search="zurich") == ["x"]
    assert ids(talks, search="zurich") == ["c", "b", "a"]
