"""What questions mean, kept: each distinct question of a chatbot is embedded once by each model."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from botlens.gaps.meaning.model import Vectors
from botlens.gaps.process.link_process import LinkProcess
from botlens.jobs.job import Progress
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import gap_rows, insert_vectors, vectors_after, vectors_among
from botlens.store.gap_tables import GAP_EVIDENCE, GAP_POINTS, GAP_VECTORS
from botlens.store.reading import CompanyReader, facts

_EMBEDDED_AT_ONCE: Final = 256
_WRITTEN_AT_ONCE: Final = 2_048
_READ_AT_ONCE: Final = 8_192
_SOUGHT_AT_ONCE: Final = 500

_KNOWN = "SELECT question FROM " + gap_rows(
    GAP_VECTORS, "chatbot_id = {chatbot_id:String} AND model = {model:String}", ("question",)
)


_GONE = (
    "SELECT DISTINCT question FROM ("
    + " UNION ALL ".join(
        f"SELECT question FROM {gap_rows(table, 'chatbot_id = {chatbot_id:String}', ('question',))}"
        for table in (GAP_VECTORS, GAP_POINTS, GAP_EVIDENCE)
    )
    + ") WHERE question NOT IN (SELECT arrayJoin(questions) FROM "
    + facts("chatbot_id = {chatbot_id:String}", ("questions",))
    + ")"
)


def asked_by_nobody(reader: CompanyReader, chatbot_id: str) -> list[str]:
    """The questions of a chatbot that have vectors, or were measured, and that nobody has asked any more."""
    return [row[0] for row in reader.rows(_GONE, {"chatbot_id": chatbot_id})]


class KeptVectors:
    """The vectors of one chatbot's questions by one model.

    Args:
        store: has them.
        company_id: whose.
        chatbot_id: of which chatbot.
        model: its name and version in one text.
    """

    def __init__(self, store: ClickHouse, company_id: str, chatbot_id: str, model: str) -> None:
        self._store = store
        self._company_id = company_id
        self._chatbot_id = chatbot_id
        self._model = model

    def known(self) -> set[str]:
        """The questions that have one."""
        reader = CompanyReader(self._store, self._company_id)
        parameters = {"chatbot_id": self._chatbot_id, "model": self._model}
        return {row[0] for block in reader.blocks(_KNOWN, parameters) for row in block}

    def complete(
        self, questions: Iterable[str], process: LinkProcess, progress: Progress, written: int
    ) -> int:
        """Embed the questions that have none yet; returns how many those were.

        What is embedded is kept every few seconds, so that a run that is cut off need not begin anew.
        """
        known = self.known()
        missing = sorted(set(questions) - known)
        for at in range(0, len(missing), _WRITTEN_AT_ONCE):
            part = missing[at : at + _WRITTEN_AT_ONCE]
            found = []
            for first in range(0, len(part), _EMBEDDED_AT_ONCE):
                progress.at(at + first, len(missing))
                found.append(process.embed(part[first : first + _EMBEDDED_AT_ONCE]))
            insert_vectors(
                self._store,
                self._company_id,
                self._chatbot_id,
                self._model,
                part,
                np.concatenate(found),
                written,
            )
        progress.at(len(missing), len(missing))
        return len(missing)

    def slices(self, questions: Sequence[str]) -> Iterator[tuple[list[str], Vectors]]:
        """The vectors of some questions, which are sorted and all have one, in that order and in parts."""
        wanted = set(questions)
        after, last = "", questions[-1] if questions else ""
        while wanted and after < last:
            found, vectors = vectors_after(
                self._store, self._company_id, self._chatbot_id, self._model, after, _READ_AT_ONCE
            )
            if not found:
                return
            after = found[-1]
            places = [place for place, question in enumerate(found) if question in wanted]
            if places:
                yield [found[place] for place in places], np.ascontiguousarray(vectors[places])

    def of(self, questions: Iterable[str]) -> tuple[list[str], Vectors]:
        """The vectors of few questions, sorted; those that have none are left out."""
        wanted = sorted(questions)
        own = (self._store, self._company_id, self._chatbot_id, self._model)
        found = (
            vectors_among(*own, wanted[at : at + _SOUGHT_AT_ONCE])
            for at in range(0, len(wanted), _SOUGHT_AT_ONCE)
        )
        parts = [each for each in found if each[0]]
        if not parts:
            return [], np.empty((0, 0), np.float32)
        return [each for names, _ in parts for each in names], np.concatenate([each for _, each in parts])
