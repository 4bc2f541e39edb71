"""A topic that a bot of the demo did not know, and how it is written down."""

from dataclasses import dataclass

from botlens.demo.texts import tagged


@dataclass(frozen=True, slots=True)
class Gap:
    """One topic that a bot did not know, at least for some time.

    Attributes:
        name: for readers of this file.
        questions: paraphrases, by language.
        answers: what the bot says once it knows, by language; empty while it never learnt.
        share: how often it is asked, relative to the bot's other gaps.
        fixed: days before now since when the bot knows the answer; None is not yet.
        surge: (from, to) days before now in which it is asked six times as often; None is never.
    """

    name: str
    questions: dict[str, tuple[str, ...]]
    answers: dict[str, tuple[str, ...]]
    share: float
    fixed: float | None
    surge: tuple[float, float] | None


def demo_gap(
    name: str,
    text: str,
    *,
    share: float = 1.0,
    fixed: float | None = None,
    surge: tuple[float, float] | None = None,
) -> Gap:
    """A gap from lines that begin with a language and `?` for a question, or `!` for an answer."""
    return Gap(name, tagged(text, "?"), tagged(text, "!"), share, fixed, surge)
