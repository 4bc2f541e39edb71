"""Shapes that are looked into when somebody asks for the description of the API, not when an app is made.

Routes answer with bytes that they made themselves (`json_response`): what shape these have is for the
description alone. To look into all shapes is half of what it takes to make an app, and every command that
finds no server makes one for itself.
"""

from functools import cache
from typing import Any

from fastapi.datastructures import DefaultPlaceholder
from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from botlens.api.statuses import Responses


def described_later(shape: Any) -> Any:
    """A type that is described as `shape` is, once that is asked for; only then a bad shape is found.

    What says that there is no shape stays as it is.
    """
    return shape if shape is None or isinstance(shape, DefaultPlaceholder) else _later(shape)


@cache
def _later(shape: Any) -> Any:
    class Later:
        # This is how a type has pydantic wait: what is made of it is made at the first look.
        __pydantic_config__ = ConfigDict(defer_build=True)

        @classmethod
        def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return handler.generate_schema(shape)

    return Later


def answers_described_later(responses: Responses) -> Responses:
    """The same of what a route says of its answers by status."""
    return {
        status: {**said, "model": described_later(said["model"])} if "model" in said else said
        for status, said in responses.items()
    }
