"""How people wrote the questions of an answer: rows name them by their normal form."""

from collections.abc import Iterable, Sequence
from typing import Any

from botlens.events.question import shown
from botlens.query.request import WORDED, Request
from botlens.query.selection import Facts, Selection
from botlens.query.statement import Statement
from botlens.query.table import Key


def forms_of(request: Request, keys: Iterable[Key]) -> list[str]:
    """The normal forms that some rows name, each once."""
    places = [place for place, each in enumerate(request.dimensions) if each.name in WORDED]
    return list(dict.fromkeys(key[place] for key in keys for place in places if key[place] is not None))


def wording_statement(forms: Sequence[str], selection: Selection, facts: Facts) -> Statement:
    """(normal form, original) of some questions: what was written most often in the conversations.

    Of several the smallest by code point, as on the seed routes.
    """
    source, parameters = selection.source(facts, "questions", "question_texts")
    counted = (
        f"SELECT item.1 AS form, item.2 AS original, toInt64(count()) AS times FROM {source} "
        "ARRAY JOIN arrayZip(questions, question_texts) AS item "
        "WHERE item.1 IN {forms:Array(String)} GROUP BY form, original"
    )
    return Statement(
        f"SELECT form, argMin(original, (-times, original)) FROM ({counted}) GROUP BY form",
        {**parameters, "forms": list(forms)},
    )


def wording_of(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """By normal form, the original as lists print it."""
    return {form: shown(original) for form, original in rows}
