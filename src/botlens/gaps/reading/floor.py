"""What may be read of gaps by whoever is no admin: no text that too few have asked."""

from collections.abc import Sequence

from botlens.gaps.reading.board import GapOnBoard
from botlens.gaps.reading.figures import GapQuestion


class Floor:
    """From how many sessions on a question is shown to whoever reads.

    Args:
        least: so many.
    """

    def __init__(self, least: int) -> None:
        self.least = least

    def titles(self, gap: GapOnBoard) -> tuple[str, dict[str, str]] | None:
        """The title and the titles by language; None where no question was asked by enough."""
        summary = gap.summary
        if self.least <= 1:
            return gap.title, summary.titles
        enough = [each for each in summary.often if each[0] >= self.least]
        if not enough:
            return None
        _, text, language = enough[0]
        visible = {
            name: title for name, title in summary.titles.items() if title in {each[1] for each in enough}
        }
        return gap.record.title or text, {**visible, language: visible.get(language, text)}

    def phrases(self, gap: GapOnBoard) -> list[str]:
        """The phrases that stand in a question which is shown."""
        if self.least <= 1:
            return gap.summary.phrases
        texts = [text.casefold() for askers, text, _ in gap.summary.often if askers >= self.least]
        return [each for each in gap.summary.phrases if any(each.casefold() in text for text in texts)]

    def visible(self, questions: Sequence[GapQuestion]) -> list[GapQuestion]:
        """The questions that enough have asked."""
        return [each for each in questions if each.sessions >= self.least]
