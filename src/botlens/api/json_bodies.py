"""Small JSON bodies, read after the credentials were looked at, and held against what they may be."""

from typing import TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from botlens.api.bodies import Bodies
from botlens.api.shape_errors import errors_of
from botlens.errors import TooLargeError

MOST_BYTES = 1 << 20

Shape = TypeVar("Shape", bound=BaseModel)


async def read_json(
    bodies: Bodies,
    company_id: str,
    request: Request,
    shape: type[Shape],
    what: str,
    *,
    most: int = MOST_BYTES,
) -> Shape:
    """The body of a request.

    Args:
        bodies: what the app has in memory.
        company_id: who sends it; empty where that is not known yet.
        request: whose body was not read.
        shape: what it must be.
        what: that is, as the beginning of a sentence: "The settings of a chatbot".
        most: bytes that it may have.

    Raises:
        TooLargeError: it has more than `most` bytes.
        RequestValidationError: it is no JSON, or of another shape.
    """

    def too_large() -> TooLargeError:
        return TooLargeError(f"{what} have at most {most >> 10:,} KiB.", code="body_too_large")

    with bodies.of(company_id) as body:
        read = await body.read(request, most, too_large)
    try:
        return shape.model_validate_json(read)
    except ValidationError as error:
        raise RequestValidationError(errors_of(error, shape)) from None


def body_of(shape: type[BaseModel]) -> dict[str, object]:
    """The description of such a body, for the framework does not read it."""
    schema = shape.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
