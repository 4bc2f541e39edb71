"""The numbers of one chatbot over one window: loaded once from the facts, then changed fact by fact."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from botlens.live.sessions import SessionCounts
from botlens.live.timeline import QuarterTimeline, Timeline
from botlens.live.top_questions import TopQuestions
from botlens.metrics.differences import Change, Difference, Questions
from botlens.metrics.facts import Facts
from botlens.moments import SECOND


@dataclass(slots=True)
class ChatbotNumbers:
    """Sums over the counted conversations of one chatbot. All of it adds up, so all of it can be undone."""

    conversations: int = 0
    messages: int = 0
    unanswered: int = 0
    positive: int = 0
    negative: int = 0
    ratings: int = 0
    rating_sum: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    sessions: SessionCounts = field(default_factory=SessionCounts)
    timeline: Timeline = field(default_factory=QuarterTimeline)
    asked: TopQuestions = field(default_factory=TopQuestions)
    unanswered_questions: TopQuestions = field(default_factory=TopQuestions)

    def replace(self, changes: Iterable[Change]) -> None:
        """Let the new facts of conversations take the place of their old ones."""
        sessions: list[tuple[str, int]] = []
        for change in changes:
            if isinstance(change, Difference):
                self._replace(change.old, change.new, sessions)
                self._count_questions(change.questions or {})
            else:
                old, new = change
                self._replace(old, new, sessions)
                self._replace_questions(old, new)
        self.sessions.add_all(sessions)

    def merge(self, other: "ChatbotNumbers") -> None:
        """Count other conversations as well, but for their questions, of which a head does not know all."""
        self.conversations += other.conversations
        self.messages += other.messages
        self.unanswered += other.unanswered
        self.positive += other.positive
        self.negative += other.negative
        self.ratings += other.ratings
        self.rating_sum += other.rating_sum
        self.languages.update(other.languages)
        self.sessions.add_sorted(*other.sessions.flat())
        if not (isinstance(self.timeline, QuarterTimeline) and isinstance(other.timeline, QuarterTimeline)):
            raise TypeError("numbers that were loaded by the second cannot be changed")
        self.timeline.add_all(*other.timeline.flat())

    def _replace(self, old: Facts | None, new: Facts, sessions: list[tuple[str, int]]) -> None:
        if old is None or not old.counted or not new.counted:
            for facts, sign in ((old, -1), (new, 1)):
                if facts is not None and facts.counted:
                    self.conversations += sign
                    self._add_sums(facts, sign)
                    self._add_start(facts, sign, sessions)
            return
        self._add_sums(old, -1)
        self._add_sums(new, 1)
        # Most new events of a conversation leave alone what costs most to count.
        if (old.session_id, old.language, old.started_at) != (new.session_id, new.language, new.started_at):
            self._add_start(old, -1, sessions)
            self._add_start(new, 1, sessions)

    def _replace_questions(self, old: Facts | None, new: Facts) -> None:
        both = old is not None and old.counted and new.counted
        same = _same_questions(old, new) if old is not None and both else 0
        for facts, sign in ((old, -1), (new, 1)):
            if facts is not None and facts.counted:
                self._add_questions(facts, sign, same)

    def _count_questions(self, questions: Questions) -> None:
        for (normal, text), (asked, unanswered) in questions.items():
            self.asked.add(normal, text, asked)
            self.unanswered_questions.add(normal, text, unanswered)

    def _add_sums(self, facts: Facts, sign: int) -> None:
        self.messages += sign * facts.messages
        self.unanswered += sign * facts.unanswered
        self.positive += sign * facts.positive
        self.negative += sign * facts.negative
        self.ratings += sign * (facts.rating > 0)
        self.rating_sum += sign * facts.rating

    def _add_start(self, facts: Facts, sign: int, sessions: list[tuple[str, int]]) -> None:
        self.languages[facts.language] += sign
        sessions.append((facts.session_id, sign))
        if not isinstance(self.timeline, QuarterTimeline):
            raise TypeError("numbers that were loaded by the second cannot be changed")
        self.timeline.add(facts.started_at // SECOND, sign)

    def _add_questions(self, facts: Facts, sign: int, first: int) -> None:
        for place in range(first, len(facts.questions)):
            normal, text = facts.questions[place], facts.question_texts[place]
            self.asked.add(normal, text, sign)
            unanswered = facts.question_unanswered[place]
            if unanswered:
                self.unanswered_questions.add(normal, text, sign * unanswered)


def _same_questions(old: Facts, new: Facts) -> int:
    """How many questions at the beginning count the same."""
    before = zip(old.questions, old.question_texts, old.question_unanswered, strict=True)
    after = zip(new.questions, new.question_texts, new.question_unanswered, strict=True)
    same = 0
    for was, now in zip(before, after, strict=False):
        if was != now:
            break
        same += 1
    return same
