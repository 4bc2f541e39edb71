"""A sample of rows, field by field, beside what counts here."""

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from botlens.commit.source_commits import SourceCommits
from botlens.events.record import Record, record_of
from botlens.sources.postgres.entities import ReadEntity
from botlens.sources.postgres.placing import Placing
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.sheets import Sheet, Spot
from botlens.store.said import SaidRecords
from botlens.store.said_questions import RecordsInConversations

_COMPARED: Final = ("conversation", "message", "feedback", "rating")
_AT_ONCE: Final = 900
_NOT_COMPARED: Final = ("rank", "precedence", "arrival", "question")
_FIELDS: Final = tuple(each for each in Record.__struct_fields__ if each not in _NOT_COMPARED)


def sample(reader: SourceReader, entity: ReadEntity, share: float) -> pa.Table:
    """About such a share of the rows of an entity, chosen by chance."""
    return entity.read(reader, f"random() < {share!r}")


def shares(entities: Sequence[ReadEntity], rows: int) -> Iterator[tuple[ReadEntity, float]]:
    """Which share of each entity's rows to look at, for so many rows in all."""
    compared = [each for each in entities if each.kind in _COMPARED]
    total = sum(max(each.table.rows, 1) for each in compared)
    return ((each, min(1.0, rows / total)) for each in compared)


def differing(
    entity: ReadEntity, table: pa.Table, placing: Placing, reader: SourceReader, commits: SourceCommits
) -> list[int]:
    """The places of rows that say something else than what counts here.

    They are looked at in the order in which the store has them: so it reads what lies between them once.
    """
    spots = _placed(entity, table, placing, reader).spots
    order = sorted(range(len(table)), key=lambda place: _key(spots[place]))
    found: list[int] = []
    for at in range(0, len(order), _AT_ONCE):
        places = order[at : at + _AT_ONCE]
        sheet = _placed(entity, table.take(pa.array(places, pa.int64())), placing, reader)
        sheet.say()
        found += [places[place] for place in _differing(sheet, commits)]
    return sorted(found)


def _placed(entity: ReadEntity, table: pa.Table, placing: Placing, reader: SourceReader) -> Sheet:
    sheet = Sheet.of_table(entity, table)
    if entity.kind == "conversation":
        placing.register(sheet, reader)
    placing.place([sheet], reader)
    return sheet


def _key(spot: Spot | None) -> tuple[str, ...]:
    """As the store has them in order; what is nowhere comes first."""
    return () if spot is None else (spot.company_id, spot.chatbot_id, spot.conversation)


def _differing(sheet: Sheet, commits: SourceCommits) -> Iterator[int]:
    by_company: dict[str, tuple[set[tuple[str, str]], set[str]]] = {}
    for spot, name in zip(sheet.spots, sheet.names, strict=True):
        if spot is not None:
            keys, names = by_company.setdefault(spot.company_id, (set(), set()))
            keys.add((spot.chatbot_id, spot.conversation))
            names.add(name)
    here: dict[tuple[str, str, str], SaidRecords] = {}
    for company, (keys, names) in by_company.items():
        read = commits.said(company, RecordsInConversations(sorted(keys), sorted(names)))
        here |= {(company, *key): records for key, records in read.items()}
    for place, (event, spot) in enumerate(zip(sheet.events, sheet.spots, strict=True)):
        if event is None or spot is None:
            continue
        records = here.get((spot.company_id, spot.chatbot_id, spot.conversation))
        if records is not None and records.deleted:
            continue  # for good: to say it again would mend nothing
        if records is None or not _is_same(record_of(event), _counted(sheet, place, records)):
            yield place


def _counted(sheet: Sheet, place: int, records: SaidRecords) -> Record | None:
    match sheet.entity.kind:
        case "conversation":
            return records.header
        case "message":
            return records.messages.get(sheet.names[place])
        case "feedback":
            return records.votes.get(sheet.names[place])
        case _:
            return records.rating


def _is_same(said: Record, counted: Record | None) -> bool:
    return counted is not None and all(getattr(said, each) == getattr(counted, each) for each in _FIELDS)
