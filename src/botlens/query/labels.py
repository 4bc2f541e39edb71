"""What people know the values of an answer by: questions as they wrote them, chatbots by their names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botlens.events.question import display_text
from botlens.metrics.values import Text
from botlens.query.plan import QueryPlan
from botlens.query.selection import FactsSource, Selection
from botlens.query.statement import Statement
from botlens.query.table import RowKey


def forms_of(plan: QueryPlan, keys: Iterable[RowKey]) -> list[str]:
    """The normal forms that some rows name, each once."""
    places = _places(plan, Text.QUESTION)
    return list(dict.fromkeys(key[place] for key in keys for place in places if key[place] is not None))


def labels_of(
    plan: QueryPlan, keys: Sequence[RowKey], names: Mapping[str, str | None], wording: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """By dimension, the label of each value that some rows name; of one that has none, there is none.

    Args:
        plan: of the request.
        keys: of the rows.
        names: of chatbots, by id.
        wording: of questions, by normal form.
    """
    found: dict[str, dict[str, str]] = {}
    for text, known in ((Text.CHATBOT, names), (Text.QUESTION, wording)):
        for place in _places(plan, text):
            values = dict.fromkeys(key[place] for key in keys)
            found[plan.dimensions[place].dimension.name] = {
                value: label for value in values if value is not None and (label := known.get(value))
            }
    return found


def _places(plan: QueryPlan, text: Text) -> list[int]:
    return [place for place, each in enumerate(plan.dimensions) if each.dimension.text is text]


def wording_statement(forms: Sequence[str], selection: Selection, facts: FactsSource) -> Statement:
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
        ("form", "original"),
    )


def wording_of(rows: Iterable[Sequence[Any]]) -> dict[str, str]:
    """By normal form, the original as lists print it, of the rows of a `wording_statement`."""
    return {form: display_text(original) for form, original in rows}
