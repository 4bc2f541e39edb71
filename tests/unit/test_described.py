"""Shapes of answers are looked into when the API is described, not when it is made; then in full."""

from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.routing import APIRoute
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import TypedDict

from botlens.api.responses import ErrorRoute, json_response

LOOKS: list[str] = []


class Watched:
    """A text that notes each look at what it is."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        LOOKS.append("a look")
        return handler.generate_schema(str)


class Inner(TypedDict):
    text: Watched


class Outer(TypedDict):
    """An answer."""

    one: Inner
    many: list[Inner]


class Refused(TypedDict):
    """No answer."""

    code: Watched


def app_of(route_class: type[APIRoute]) -> FastAPI:
    router = APIRouter(route_class=route_class, responses={404: {"model": Refused, "description": "None."}})

    @router.get("/one", response_model=Outer)
    def one() -> Response:
        """Read one."""
        return json_response({})

    @router.get("/all", response_model=list[Outer], responses={304: {"description": "As it was."}})
    def several() -> Response:
        """Read all."""
        return json_response([])

    @router.delete("/one", status_code=204, response_class=Response)
    def gone() -> Response:
        """Delete one."""
        return Response(status_code=204)

    app = FastAPI()
    app.include_router(router)
    return app


def test_to_make_an_app_no_shape_is_looked_into() -> None:
    LOOKS.clear()
    app = app_of(ErrorRoute)
    assert LOOKS == []
    app.openapi()
    assert LOOKS


def test_the_description_is_that_of_the_framework() -> None:
    assert app_of(ErrorRoute).openapi() == app_of(APIRoute).openapi()
