"""Which questions were not answered, and by which signs: from facts and records, on the real store."""

from threading import Event

from botlens.gaps.questions.asked import (
    AskedQuestion,
    Stance,
    asked,
    has_scores,
    has_unanswered,
    unanswered_questions,
)
from botlens.gaps.questions.marking import keep_signals
from botlens.gaps.questions.signals import Signal
from botlens.jobs.job import Progress
from botlens.store.reading import CompanyReader
from tests.conftest import Tenant
from tests.events import answer, deletion, handoff, message, vote


def kept(tenant: Tenant) -> int:
    engine = tenant.world.engine
    return keep_signals(engine.store, engine.commits, tenant.company.id, "bot", Progress(Event()))


def found(tenant: Tenant) -> dict[str, AskedQuestion]:
    kept(tenant)
    snapshots = tenant.world.engine.commits.snapshots
    questions = snapshots.read(tenant.company.id, lambda reader: unanswered_questions(reader, "bot"))
    return {each.question: each for each in questions}


def masks(tenant: Tenant) -> dict[str, Signal]:
    """The signs of each question, all conversations together."""
    kept(tenant)
    statement = f"SELECT question, max(mask) FROM {asked('1', 'question', 'mask')} GROUP BY question"
    snapshots = tenant.world.engine.commits.snapshots

    def ask(reader: CompanyReader) -> dict[str, Signal]:
        return {row[0]: Signal(row[1]) for row in reader.rows(statement, {"chatbots": ["bot"]})}

    return snapshots.read(tenant.company.id, ask)


def test_below_the_threshold_and_fallbacks(tenant: Tenant) -> None:
    """Each by its name, in one conversation as well; one above the threshold or without a score is none."""
    tenant.send(
        message("c", "1", "Gift wrap?", "2026-03-17T10:00:00Z"),
        answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
        message("c", "3", "Opening hours?", "2026-03-17T10:00:02Z"),
        answer("c", "4", 0.9, "2026-03-17T10:00:03Z", fallback=True),
        message("c", "5", "Where is my parcel?", "2026-03-17T10:00:04Z"),
        answer("c", "6", 0.2, "2026-03-17T10:00:05Z"),
        message("c", "7", "And the bill?", "2026-03-17T10:00:06Z"),
        answer("c", "8", None, "2026-03-17T10:00:07Z"),
    )
    assert masks(tenant) == {
        "gift wrap": Signal.LOW_SCORE,
        "opening hours": Signal.FALLBACK,
        "where is my parcel": Signal(0),
        "and the bill": Signal(0),
    }
    assert {name: each.unanswered for name, each in found(tenant).items()} == {
        "gift wrap": True,
        "opening hours": True,
    }


def test_weaker_signs(tenant: Tenant) -> None:
    """A negative vote on the answer, nearly the same again, a handoff: none alone is `unanswered`."""
    tenant.send(
        message("c", "1", "Can I pay later?", "2026-03-17T10:00:00Z"),
        answer("c", "2", 0.9, "2026-03-17T10:00:01Z"),
        vote("c", "2", "negative"),
        message("c", "3", "can i pay it later", "2026-03-17T10:00:02Z"),
        answer("c", "4", 0.9, "2026-03-17T10:00:03Z"),
        vote("c", "4", "positive"),
        message("c", "5", "A person please, I insist", "2026-03-17T10:00:04Z"),
        handoff("c", "2026-03-17T10:00:05Z"),
    )
    assert masks(tenant) == {
        "can i pay later": Signal.NEGATIVE_VOTE,
        "can i pay it later": Signal.REPHRASED,
        "a person please, i insist": Signal.HANDOFF,
    }
    assert {each.unanswered for each in found(tenant).values()} == {False}


def test_signals_follow_what_comes_later(tenant: Tenant) -> None:
    """A vote that is taken back is no sign any more; what is known already is not looked at again."""
    tenant.send(
        message("c", "1", "Can I pay later?", "2026-03-17T10:00:00Z"),
        answer("c", "2", 0.9, "2026-03-17T10:00:01Z"),
        vote("c", "2", "negative"),
    )
    assert masks(tenant) == {"can i pay later": Signal.NEGATIVE_VOTE}
    assert kept(tenant) == 0
    tenant.send(deletion("c", "feedback", "2"))
    assert masks(tenant) == {"can i pay later": Signal(0)}


def test_one_question_of_many_askers(tenant: Tenant) -> None:
    """Sessions count once; who has none is an asker a conversation. It is shown as most write it."""
    for number, (session, text) in enumerate(
        [
            ("ann", "Gift wrap?"),
            ("ann", "gift wrap"),
            ("bob", "Gift  wrap?"),
            ("", "GIFT WRAP"),
            ("", "Gift wrap?"),
        ]
    ):
        tenant.send(
            message(
                f"c{number}", "1", text, "2026-03-17T10:00:00Z", session_id=session or None, language="en"
            ),
            answer(f"c{number}", "2", 0.1, "2026-03-17T10:00:01Z"),
        )
    assert found(tenant) == {
        "gift wrap": AskedQuestion("gift wrap", "Gift wrap?", unanswered=True, askers=4, languages={"en": 5})
    }


def test_small_talk_is_no_gap(tenant: Tenant) -> None:
    """Greetings, thanks, chit-chat and emoji, however badly they were answered; what asks more is one."""
    texts = ("Hello!", "thanks a lot", "How are you?", "ok", "🙏🙏", "Hi, where is my parcel?")
    for number, text in enumerate(texts):
        tenant.send(
            message(f"c{number}", "1", text, "2026-03-17T10:00:00Z"),
            answer(f"c{number}", "2", 0.1, "2026-03-17T10:00:01Z"),
        )
    assert set(found(tenant)) == {"hi, where is my parcel"}


def test_whether_there_are_scores(tenant: Tenant) -> None:
    """A bot that never says how sure it is has none; without failing questions nothing is to do."""
    snapshots = tenant.world.engine.commits.snapshots

    def look(reader: CompanyReader) -> tuple[dict[str, bool], list[str]]:
        return has_scores(reader, ["bot"]), has_unanswered(reader, ["bot"])

    assert snapshots.read(tenant.company.id, look) == ({}, [])
    tenant.send(message("c", "1", "Gift wrap?"), answer("c", "2", None))
    assert snapshots.read(tenant.company.id, look) == ({"bot": False}, [])
    tenant.send(message("d", "1", "Gift wrap?"), answer("d", "2", 0.1))
    assert snapshots.read(tenant.company.id, look) == ({"bot": True}, ["bot"])


def test_how_well_a_question_stands_by_itself(tenant: Tenant) -> None:
    """Best one that a conversation began with, worst one that came only after a failed answer, or twice."""
    tenant.send(
        message("c", "1", "Gift wrap?", "2026-03-17T10:00:00Z"),
        answer("c", "2", 0.1, "2026-03-17T10:00:01Z"),
        message("c", "3", "No, a ribbon round it", "2026-03-17T10:00:02Z"),
        answer("c", "4", 0.1, "2026-03-17T10:00:03Z"),
        message("d", "1", "Where is my parcel?", "2026-03-17T11:00:00Z"),
        answer("d", "2", 0.9, "2026-03-17T11:00:01Z"),
        message("d", "3", "And the bill?", "2026-03-17T11:00:02Z"),
        answer("d", "4", 0.1, "2026-03-17T11:00:03Z"),
        message("e", "1", "Where is my parcel?", "2026-03-17T12:00:00Z"),
        answer("e", "2", 0.9, "2026-03-17T12:00:01Z"),
        message("e", "3", "Where is my parcel now?", "2026-03-17T12:00:02Z"),
        answer("e", "4", 0.1, "2026-03-17T12:00:03Z"),
    )
    assert {name: each.stance for name, each in found(tenant).items()} == {
        "gift wrap": Stance.OPENS,
        "no, a ribbon round it": Stance.RETRIES,
        "and the bill": Stance.FOLLOWS,
        "where is my parcel now": Stance.RETRIES,
    }
