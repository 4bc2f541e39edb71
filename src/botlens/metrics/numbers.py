"""The numbers of one chatbot over one window: loaded once from the facts, then changed fact by fact."""

from collections import Counter
from dataclasses import dataclass, field

from botlens.metrics.facts import Facts
from botlens.metrics.sessions import SessionCounts
from botlens.metrics.timeline import QuarterTimeline, Timeline
from botlens.metrics.top_questions import TopQuestions

SECOND = 1_000_000


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

    def replace(self, old: Facts | None, new: Facts) -> None:
        """Let a conversation's new facts take the place of its old ones."""
        if old is not None:
            self._add(old, -1)
        self._add(new, 1)

    def _add(self, facts: Facts, sign: int) -> None:
        if not facts.counted:
            return
        self.conversations += sign
        self.messages += sign * facts.messages
        self.unanswered += sign * facts.unanswered
        self.positive += sign * facts.positive
        self.negative += sign * facts.negative
        self.ratings += sign * (facts.rating > 0)
        self.rating_sum += sign * facts.rating
        self.languages[facts.language] += sign
        self.sessions.add(facts.session_id, sign)
        if not isinstance(self.timeline, QuarterTimeline):
            raise TypeError("numbers that were loaded by the second cannot be changed")
        self.timeline.add(facts.started_at // SECOND, sign)
        for normal, text, unanswered in zip(
            facts.questions, facts.question_texts, facts.question_unanswered, strict=True
        ):
            self.asked.add(normal, text, sign)
            if unanswered:
                self.unanswered_questions.add(normal, text, sign * unanswered)
