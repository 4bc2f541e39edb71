"""Finds a gap by its id, or by one that it had before."""

from dataclasses import dataclass
from typing import Final

from botlens.answers.scope import Scope
from botlens.errors import NotFoundError
from botlens.gaps.kept.summaries import OF_LINKS, Links, of_links
from botlens.gaps.life_cycle.values import GapStanding
from botlens.gaps.reading.board import current_links
from botlens.store.gap_rows import gap_rows
from botlens.store.gap_tables import GAP_SUMMARIES
from botlens.store.reading import CompanyReader

_WHERE: Final = "SELECT toString(chatbot_id) FROM " + gap_rows(
    GAP_SUMMARIES, f"{OF_LINKS} AND gap_id = {{gap:String}}", ("chatbot_id", "gap_id")
)


@dataclass(frozen=True, slots=True)
class FoundGap:
    """A gap: whose it is, the id that it has now, the link that counts, and what was said of it."""

    chatbot_id: str
    id: str
    link: int
    standing: GapStanding

    @property
    def links(self) -> Links:
        """The link alone."""
        return {self.chatbot_id: self.link}


def found_gap(reader: CompanyReader, standing: GapStanding, scope: Scope, gap_id: str) -> FoundGap:
    """The gap where the questions of one are now.

    Raises:
        NotFoundError: `unknown_gap`, also where it is another company's.
    """
    links, now = current_links(standing, list(scope.chatbots)), standing.lineage.follow(gap_id)
    for (chatbot_id,) in reader.rows(_WHERE, {**of_links(links), "gap": now}) if links and now else ():
        return FoundGap(chatbot_id, now, links[chatbot_id], standing)
    raise unknown_gap()


def unknown_gap() -> NotFoundError:
    """The error for an id that no gap of the company has or had."""
    return NotFoundError("There is no such gap.", code="unknown_gap")
