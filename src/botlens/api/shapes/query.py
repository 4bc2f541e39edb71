"""The shapes of what is asked and of batches, for OpenAPI (and so for the types of the web page)."""

from typing import Any, Final, Literal, NotRequired

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from botlens.api.shapes.errors import ErrorBody
from botlens.query.batch import LONGEST_NAME, MOST_QUESTIONS
from botlens.query.shapes import QueryAnswer

QUESTION: Final = "QuestionBody"
QUERY_BODY: Final = "QueryBody"
BATCH: Final = "BatchBody"
"""Names of schemas, see `question_schemas`."""


class QuestionBody(TypedDict):
    """What is asked: metrics by dimensions, of which conversations."""

    metrics: list[str]
    dimensions: NotRequired[list[str]]
    chatbots: NotRequired[list[str]]
    period: NotRequired[str | dict[str, str | None]]
    timezone: NotRequired[str]
    filters: NotRequired[dict[str, Any] | list[dict[str, Any]]]
    compare: NotRequired[str | dict[str, str | None]]
    align: NotRequired[Literal["weekday"]]
    order_by: NotRequired[str | list[str]]
    limit: NotRequired[int]
    resolution_hours: NotRequired[int]
    totals: NotRequired[bool]
    n: NotRequired[bool | list[str]]
    change: NotRequired[bool | list[str]]
    labels: NotRequired[bool]
    wording: NotRequired[bool]


class QueryBody(QuestionBody):
    """A question, and what its answer comes as."""

    format: NotRequired[Literal["json", "csv", "parquet"]]
    bom: NotRequired[bool]


class BatchAnswer(TypedDict):
    """By name, the answers to the questions of a batch, and the errors of those that have none."""

    as_of: str
    answers: dict[str, QueryAnswer]
    errors: dict[str, ErrorBody]


def question_schemas() -> dict[str, Any]:
    """What may be asked, by the names that other parts of the document call it."""
    return {
        QUESTION: TypeAdapter(QuestionBody).json_schema(),
        QUERY_BODY: TypeAdapter(QueryBody).json_schema(),
        BATCH: {
            "title": BATCH,
            "description": "Questions by name.",
            "type": "object",
            "additionalProperties": _reference(QUESTION),
            "propertyNames": {"minLength": 1, "maxLength": LONGEST_NAME},
            "minProperties": 1,
            "maxProperties": MOST_QUESTIONS,
        },
    }


def json_body(schema: str, examples: dict[str, Any]) -> dict[str, Any]:
    """What an operation says of its body: the name of its schema, and examples."""
    content = {"application/json": {"schema": _reference(schema), "examples": examples}}
    return {"requestBody": {"required": True, "content": content}}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
