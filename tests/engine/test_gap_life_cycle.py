"""The life cycle of gaps, on a real SQLite file and a real PostgreSQL: states, history, lineage, links."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from botlens.errors import BotlensError, ConflictError, InvalidError, NotFoundError
from botlens.gaps.grouping.identity import Passage
from botlens.gaps.life_cycle.edits import GapEdit
from botlens.gaps.life_cycle.joining import question_key
from botlens.gaps.life_cycle.life_cycle import GapLifeCycle
from botlens.gaps.life_cycle.values import ChangeKind, GapState
from botlens.gaps.proof.verdicts import Decision
from botlens.tenants.accounts import Accounts
from tests.engine.behind import rows

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANN = "user:ann"
OPEN, FIXED, VERIFIED, REOPENED, DISMISSED = GapState
FIX = GapEdit(state=FIXED)


class Watch:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def company(accounts: Accounts) -> str:
    """With two bots."""
    company_id = accounts.create_company("Acme", owner="ann").id
    for bot in ("bot", "other"):
        accounts.put_chatbot(company_id, bot)
    return company_id


@pytest.fixture
def gaps(accounts: Accounts, watch: Watch) -> Iterator[GapLifeCycle]:
    return GapLifeCycle(accounts.database, watch)


def refused(work, kind: type[BotlensError] = InvalidError) -> tuple[str, str | None]:
    """The code and field of the error that it raises."""
    with pytest.raises(kind) as found:
        work()
    return found.value.code, found.value.field


def history(gaps: GapLifeCycle, company: str, gap_id: str, bot: str = "bot") -> list[tuple]:
    """The history of a gap without its times."""
    return [
        (each.by, each.change.value, each.before, each.after, each.note, each.reason)
        for each in gaps.gap_history(company, bot, gap_id)
    ]


def test_what_an_owner_does_is_kept_with_who_and_when(gaps, company, watch):
    """Fixed with a note, dismissed for a reason, opened again: every step is in the history."""
    fixed = gaps.edit_gap(company, "bot", "g1", GapEdit(state=FIXED, note=" wrote it down "), who=ANN)
    assert (fixed.state, fixed.version, fixed.fixed_at, fixed.limit) == (FIXED, 1, NOW, 0.2)
    watch.now += timedelta(days=1)
    gaps.edit_gap(company, "bot", "g1", GapEdit(state=DISMISSED, reason="not our business"), who="key:ci")
    opened = gaps.edit_gap(company, "bot", "g1", GapEdit(state=OPEN), who=ANN)
    assert (opened.state, opened.version, opened.fixed_at, opened.limit) == (OPEN, 3, None, None)
    assert history(gaps, company, "g1") == [
        (ANN, "state", "open", "fixed", "wrote it down", None),
        ("key:ci", "state", "fixed", "dismissed", None, "not our business"),
        (ANN, "state", "dismissed", "open", None, None),
    ]
    assert [each.at for each in gaps.gap_history(company, "bot", "g1")] == [NOW, watch.now, watch.now]
    standing = gaps.standing(company)
    assert standing.records == {"g1": opened}
    assert standing.record("bot", "never touched").state is OPEN
    assert not standing.record("bot", "never touched").is_touched


def test_a_fix_may_name_its_time(gaps, company):
    """In another zone, in the past; not in the future, not without an offset, and with no other state."""
    at = datetime.fromisoformat("2026-03-01T09:30:00+01:00")
    assert gaps.edit_gap(company, "bot", "g1", GapEdit(state=FIXED, at=at), who=ANN).fixed_at == at
    for wrong in (
        GapEdit(state=FIXED, at=NOW + timedelta(hours=1)),
        GapEdit(state=FIXED, at=NOW.replace(tzinfo=None)),
        GapEdit(state=OPEN, at=NOW),
        GapEdit(at=NOW),
    ):
        assert refused(lambda edit=wrong: gaps.edit_gap(company, "bot", "g1", edit, who=ANN)) == (
            "invalid",
            "at",
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (GapEdit(state=VERIFIED), "state"),
        (GapEdit(state=REOPENED), "state"),
        (GapEdit(state=DISMISSED), "reason"),
        (GapEdit(state=DISMISSED, reason="  "), "reason"),
        (GapEdit(note="n" * 2_001), "note"),
        (GapEdit(note="\0"), "note"),
        (GapEdit(reason="because"), "reason"),
        (GapEdit(title=" "), "title"),
        (GapEdit(title="t" * 201), "title"),
        (GapEdit(), None),
    ],
)
def test_what_cannot_be_said_of_a_gap(gaps, company, wrong, field):
    """Verified and reopened are found, never set by hand; who dismisses says why. Nothing is kept."""
    assert refused(lambda: gaps.edit_gap(company, "bot", "g1", wrong, who=ANN)) == ("invalid", field)
    assert (gaps.standing(company).records, history(gaps, company, "g1")) == ({}, [])


def test_a_gap_is_renamed_and_named_as_before(gaps, company):
    """A title of somebody's own; None is the one that botlens finds. What says nothing new is no change."""
    named = gaps.edit_gap(company, "bot", "g1", GapEdit(title="Opening hours"), who=ANN)
    assert (named.title, named.state, named.version) == ("Opening hours", OPEN, 1)
    again = gaps.edit_gap(company, "bot", "g1", GapEdit(title="Opening hours", state=OPEN), who=ANN)
    assert again == named
    assert gaps.edit_gap(company, "bot", "g1", GapEdit(title=None), who=ANN).title is None
    gaps.edit_gap(company, "bot", "g1", GapEdit(note="asked marketing"), who=ANN)
    assert history(gaps, company, "g1") == [
        (ANN, "title", None, "Opening hours", None, None),
        (ANN, "title", "Opening hours", None, None, None),
        (ANN, "note", None, None, "asked marketing", None),
    ]


def test_who_saw_an_older_version_is_refused(gaps, company):
    """Two people at once: the second one is told, and nothing of the second is kept."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN, if_version=0)
    late = GapEdit(state=DISMISSED, reason="spam")
    conflict = ("version_conflict", "if_version")
    for work in (
        lambda: gaps.edit_gap(company, "bot", "g1", late, who="user:bob", if_version=0),
        lambda: gaps.merge_gaps(company, "bot", "g1", ["g2"], who="user:bob", if_version=0),
        lambda: gaps.split_gap(company, "bot", "g1", ["a"], who="user:bob", if_version=2),
    ):
        assert refused(work, ConflictError) == conflict
    assert [each[0] for each in history(gaps, company, "g1")] == [ANN]
    standing = gaps.standing(company)
    assert (standing.records.keys(), standing.moves, standing.lineage.went_into) == ({"g1"}, {}, {})
    gaps.edit_gap(company, "bot", "g1", late, who="user:bob", if_version=1)


def test_of_many_at_once_one_wins(gaps, company):
    """Twelve people change the same version: one does, eleven are told."""

    def work(number: int) -> bool:
        try:
            gaps.edit_gap(company, "bot", "g1", GapEdit(title=f"t{number}"), who=ANN, if_version=0)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(work, range(12))).count(True) == 1
    assert len(history(gaps, company, "g1")) == 1


def test_the_proof_verifies_and_reopens(gaps, company, watch):
    """By botlens, in the history; a relapse after a verification at once."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    watch.now += timedelta(days=9)
    verified = gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW)
    assert (verified.state, verified.decided_at, verified.version) == (VERIFIED, watch.now, 2)
    assert gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW) == verified
    assert gaps.decide_gap(company, "bot", "g1", Decision.REOPENED, fixed_at=NOW).state is REOPENED
    assert history(gaps, company, "g1")[1:] == [
        ("botlens", "state", "fixed", "verified", None, None),
        ("botlens", "state", "verified", "reopened", None, None),
    ]
    again = gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    assert (again.state, again.fixed_at, again.decided_at) == (FIXED, watch.now, None)


def test_a_verification_and_a_relapse_that_are_found_at_one_look(gaps, company):
    """Of a fix long ago: the history has both."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    found = gaps.decide_gap(company, "bot", "g1", Decision.REOPENED, fixed_at=NOW, was_verified=True)
    assert (found.state, found.version) == (REOPENED, 2)
    assert [each[2:4] for each in history(gaps, company, "g1")[1:]] == [
        ("fixed", "verified"),
        ("verified", "reopened"),
    ]


def test_a_verdict_on_an_older_fix_counts_no_more(gaps, company, watch):
    """Fixed anew, dismissed or never fixed: what was proven of something else changes nothing."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    watch.now += timedelta(hours=1)
    gaps.edit_gap(company, "bot", "g1", GapEdit(state=FIXED, at=watch.now), who=ANN)
    assert gaps.decide_gap(company, "bot", "g1", Decision.REOPENED, fixed_at=NOW).state is FIXED
    gaps.edit_gap(company, "bot", "g1", GapEdit(state=DISMISSED, reason="spam"), who=ANN)
    assert gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=watch.now).state is DISMISSED
    assert gaps.decide_gap(company, "bot", "g2", Decision.VERIFIED, fixed_at=NOW).version == 0
    assert gaps.standing(company).records.keys() == {"g1"}


def test_a_decision_is_taken_back_a_day_later(gaps, company, watch):
    """Late events may undo what was proven; the sessions of a day that is not over do not."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW)
    watch.now += timedelta(hours=23)
    assert gaps.decide_gap(company, "bot", "g1", None, fixed_at=NOW).state is VERIFIED
    watch.now += timedelta(hours=2)
    back = gaps.decide_gap(company, "bot", "g1", None, fixed_at=NOW)
    assert (back.state, back.decided_at) == (FIXED, None)
    assert history(gaps, company, "g1")[-1][1:4] == ("state", "verified", "fixed")


def test_what_was_proven_by_sessions_that_are_not_kept(gaps, company, watch):
    """It stays so for good, also where what is kept proves nothing; a relapse is found all the same."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW)
    watch.now += timedelta(days=90)
    for decision in (None, Decision.VERIFIED, None):
        found = gaps.decide_gap(company, "bot", "g1", decision, fixed_at=NOW, is_whole=False)
        assert (found.state, found.version) == (VERIFIED, 2)
    found = gaps.decide_gap(company, "bot", "g1", Decision.REOPENED, fixed_at=NOW, is_whole=False)
    assert found.state is REOPENED
    watch.now += timedelta(days=90)
    assert gaps.decide_gap(company, "bot", "g1", None, fixed_at=NOW, is_whole=False).state is REOPENED


def test_decisions_of_a_clock_that_is_turned_back(gaps, company, watch):
    """None is dated before its fix; one that is of the future by now does not stand for that long."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    watch.now -= timedelta(hours=3)
    found = gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW)
    assert (found.state, found.decided_at) == (VERIFIED, NOW)
    watch.now -= timedelta(days=300)
    back = gaps.decide_gap(company, "bot", "g1", None, fixed_at=NOW)
    assert (back.state, back.decided_at) == (FIXED, None)


def test_a_fix_keeps_the_limit_that_it_was_made_under(gaps, company, accounts):
    """The company's own; changing it later changes no test that runs."""
    accounts.change_company(company, gap_limit=0.1)
    assert gaps.edit_gap(company, "bot", "g1", FIX, who=ANN).limit == 0.1
    accounts.change_company(company, gap_limit=0.3)
    assert gaps.standing(company).record("bot", "g1").limit == 0.1
    assert gaps.edit_gap(company, "bot", "g2", FIX, who=ANN).limit == 0.3


def test_merged_gaps_lead_to_where_their_questions_are(gaps, company):
    """At once, also by way of a third one; the gap that stays keeps its state."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    gaps.edit_gap(company, "bot", "g2", GapEdit(title="mine"), who=ANN)
    merged = gaps.merge_gaps(company, "bot", "g1", ["g2", "g3", "g2"], who=ANN, if_version=1)
    assert (merged.state, merged.version) == (FIXED, 2)
    gaps.merge_gaps(company, "bot", "g4", ["g1"], who=ANN)
    standing = gaps.standing(company)
    assert {each: standing.lineage.follow(each) for each in ("g1", "g2", "g3", "g4", "g5")} == {
        **dict.fromkeys(("g1", "g2", "g3", "g4"), "g4"),
        "g5": "g5",
    }
    assert standing.lineage.merged_from("g4") == ["g1", "g2", "g3"]
    assert standing.records.keys() == {"g4"}  # what went into another is no gap
    assert history(gaps, company, "g1")[1:] == [
        (ANN, "merged", "g2", "g1", None, None),
        (ANN, "merged", "g3", "g1", None, None),
    ]
    assert standing.gap_of("bot", question_key("hello"), "g2") == "g4"


def test_what_cannot_be_merged(gaps, company):
    """Nothing, a gap with itself, or one that went into another already."""
    for others in ([], ["g1"], ["g1", "g2"]):
        assert refused(lambda others=others: gaps.merge_gaps(company, "bot", "g1", others, who=ANN)) == (
            "invalid",
            "with",
        )
    gaps.merge_gaps(company, "bot", "g1", ["g2"], who=ANN)
    for gap_id, others in (("g3", ["g2"]), ("g2", ["g3"])):
        assert refused(
            lambda gap_id=gap_id, others=others: gaps.merge_gaps(company, "bot", gap_id, others, who=ANN),
            ConflictError,
        ) == ("gap_went", None)


def test_a_merged_gap_is_split_again(gaps, company):
    """Some questions get a gap of their own, which is open; no words of visitors are in the database."""
    gaps.merge_gaps(company, "bot", "g1", ["g2"], who=ANN)
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    old, new = gaps.split_gap(company, "bot", "g1", ["where is my parcel"], who=ANN, if_version=2)
    assert (old.state, old.version, new.state, new.version) == (FIXED, 3, OPEN, 1)
    standing = gaps.standing(company)
    assert standing.lineage.split_into("g1") == [new.gap_id]
    assert standing.gap_of("bot", question_key("where is my parcel"), "g2") == new.gap_id
    assert standing.gap_of("bot", question_key("opening hours"), "g2") == "g1"
    assert standing.gap_of("other", question_key("where is my parcel"), None) is None
    assert history(gaps, company, new.gap_id) == [(ANN, "split", "g1", new.gap_id, None, None)]
    assert history(gaps, company, "g1")[-1] == (ANN, "split", "g1", new.gap_id, None, None)
    assert refused(lambda: gaps.split_gap(company, "bot", "g1", [], who=ANN)) == ("invalid", "questions")


def test_a_link_counts_in_one_step(gaps, company, watch):
    """Until it is moved the old one counts, whatever happens to the new one; no number is given twice."""
    first = gaps.begin_link(company, "bot")
    assert (first.number, gaps.standing(company).link("bot").number) == (1, 0)
    crashed = gaps.begin_link(company, "bot")  # `first` never came to its end
    third = gaps.begin_link(company, "bot")
    assert (crashed.number, third.number) == (2, 3)
    moved = gaps.move_link(company, "bot", third, [Passage("a", "b")], [Passage("b", "c")])
    assert (moved.number, moved.linked_at) == (3, NOW)
    standing = gaps.standing(company)
    assert (standing.link("bot"), standing.link("other").number) == (moved, 0)
    assert (standing.lineage.follow("a"), standing.lineage.split_into("b")) == ("b", ["c"])
    assert history(gaps, company, "b") == [
        ("botlens", "merged", "a", "b", None, None),
        ("botlens", "split", "b", "c", None, None),
    ]
    assert refused(lambda: gaps.move_link(company, "bot", crashed), ConflictError) == ("link_overtaken", None)


@pytest.mark.parametrize(
    "work",
    [
        lambda gaps, company: gaps.edit_gap(company, "bot", "g1", FIX, who=ANN),
        lambda gaps, company: gaps.merge_gaps(company, "bot", "g1", ["g2"], who=ANN),
        lambda gaps, company: gaps.split_gap(company, "bot", "g1", ["q"], who=ANN),
    ],
)
def test_what_people_do_wins_over_a_link(gaps, company, work):
    """A link that did not know of it is not taken, and loses nothing of it; the next one has it all."""
    begun = gaps.begin_link(company, "bot")
    elsewhere = gaps.begin_link(company, "other")
    work(gaps, company)
    assert refused(lambda: gaps.move_link(company, "bot", begun), ConflictError) == ("link_overtaken", None)
    before = gaps.standing(company)
    gaps.move_link(company, "other", elsewhere)  # of another bot: nothing happened to it
    again = gaps.begin_link(company, "bot")
    assert (again.standing.records, again.standing.moves) == (before.records, before.moves)
    gaps.move_link(company, "bot", again)
    assert gaps.standing(company).moves == {}  # the memberships of the link have them


def test_what_the_proof_finds_does_not_stop_a_link(gaps, company):
    """The gap was touched before: its questions stay with it anyway."""
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    begun = gaps.begin_link(company, "bot")
    gaps.decide_gap(company, "bot", "g1", Decision.VERIFIED, fixed_at=NOW)
    assert gaps.move_link(company, "bot", begun).number == 1


def test_gaps_of_others_are_not_there(gaps, company, accounts):
    """Neither of another company, nor of a bot that is none."""
    other = accounts.create_company("Other", owner="eve").id
    accounts.put_chatbot(other, "bot")
    gaps.edit_gap(company, "bot", "g1", FIX, who=ANN)
    assert gaps.standing(other).records == {}
    assert gaps.gap_history(other, "bot", "g1") == []
    for work, code in (
        (lambda: gaps.edit_gap(company, "none", "g1", FIX, who=ANN), "unknown_chatbot"),
        (lambda: gaps.begin_link("nobody", "bot"), "unknown_company"),
    ):
        assert refused(work, NotFoundError)[0] == code


TABLES = ("gaps", "gap_changes", "gap_lineage", "gap_moves", "gap_links")


def count(url: str) -> list[int]:
    return [rows(url, f"SELECT count(*) FROM {{t}}{table}")[0][0] for table in TABLES]


def test_a_deleted_chatbot_takes_its_gaps_along(gaps, company, accounts, accounts_url):
    """And so does a company; what is of others stays."""
    for bot in ("bot", "other"):
        gaps.merge_gaps(company, bot, f"{bot}1", [f"{bot}2"], who=ANN)
        gaps.split_gap(company, bot, f"{bot}1", ["q"], who=ANN)
    full = count(accounts_url)
    assert min(full) >= 2
    accounts.delete_chatbot(company, "bot")
    assert count(accounts_url) == [each // 2 for each in full]
    assert gaps.standing(company).link("bot").number == 0
    accounts.delete_company(company)
    assert count(accounts_url) == [0] * 5


def test_kinds_of_changes_are_those_of_the_reference():
    """Programs read them."""
    assert [each.value for each in ChangeKind] == ["state", "title", "note", "merged", "split"]
