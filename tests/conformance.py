"""Whether an answer is what the OpenAPI document promises, strictly: nothing undeclared is in it.

`watch` has every answer that a client of tests gets looked at, whatever the test is about.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import httpx2
import jsonschema_rs

from botlens.api.dispatch import App

UNDESCRIBED = ("/docs", "/openapi.json", "/login", "/c/", "/embed/", "/assets/", "/favicon.svg")
"""For people: pages and their files."""
_SEGMENT, _ANYTHING = "[^/]+", ".+"


@dataclass(frozen=True)
class Answer:
    """An answer and what was asked; `path` is percent-encoded, as it was sent."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Conformance:
    """What an OpenAPI document promises of answers.

    Args:
        document: as `/openapi.json` has it.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = strict(document["components"])
        self._responses = {
            (method.upper(), path): strict(operation["responses"])
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        paths = document["paths"]
        # A segment of an address is a parameter; where none fits so, a parameter may hold slashes.
        self._addresses = [
            {path: re.compile(re.sub(r"\{\w+\}", parameter, path) + "/?") for path in paths}
            for parameter in (_SEGMENT, _ANYTHING)
        ]
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def problems(self, answer: Answer) -> list[str]:
        """What is wrong with it; nothing if it is as described."""
        operations = self._operations(answer.method, answer.path)
        if operations:  # of several the one that it is nearest to: ids may hold slashes
            return min((self._of(responses, answer) for responses in operations), key=len)
        known = answer.path == "/" or answer.path.startswith(UNDESCRIBED)
        is_page = dict(answer.headers).get("content-type", "").startswith("text/html")
        if answer.status >= 400 and not (known and is_page):
            return self._of_schema({"$ref": "#/components/schemas/ErrorBody"}, answer.body)
        return [] if known else [f"{answer.method} {answer.path} is answered, but not described"]

    def _operations(self, method: str, path: str) -> list[dict[str, Any]]:
        """What is promised of the answers to a request: of one operation, or of all that it may be for.

        HEAD is answered wherever GET is, and a slash at the end means nothing.
        """
        method = "GET" if method == "HEAD" else method
        path = "/".join(quote(unquote(part), safe="") for part in path.split("/"))
        for addresses in self._addresses:
            found = [template for template, address in addresses.items() if address.fullmatch(path)]
            if found:  # by other methods, too: an address of their own is not an id with a slash
                asked = [(method, template) for template in found]
                return [self._responses[each] for each in asked if each in self._responses]
        return []

    def _of(self, responses: dict[str, Any], answer: Answer) -> list[str]:
        described = responses.get(str(answer.status))
        if described is None:
            return [f"the status {answer.status} is not described"]
        found = [f"no {name}" for name in described.get("headers", {}) if name not in answer.headers]
        content = described.get("content", {})
        kind = answer.headers.get("content-type", "").split(";")[0]
        if not content or answer.method == "HEAD":
            return [*found, *(["it has a body"] if answer.body else [])]
        if kind not in content:
            return [*found, f"the content type {kind!r} is not described: {sorted(content)}"]
        if kind != "application/json":
            return found
        return [*found, *self._of_schema(content[kind].get("schema", {}), answer.body)]

    def _of_schema(self, schema: dict[str, Any], body: bytes) -> list[str]:
        if not schema:
            return ["the document says nothing of its body"]
        name = json.dumps(schema)
        if name not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[name] = jsonschema_rs.validator_for(whole)
        try:
            value = json.loads(body)
        except ValueError:
            return [f"it is no JSON: {body[:100]!r}"]
        errors = self._validators[name].iter_errors(value)
        return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]


def strict(described: Any) -> Any:
    """The same, but objects have no properties besides those that are declared."""
    if isinstance(described, list):
        return [strict(each) for each in described]
    if not isinstance(described, dict):
        return described
    found = {name: strict(each) for name, each in described.items()}
    if isinstance(described.get("properties"), dict) and described.get("type") == "object":
        found.setdefault("additionalProperties", False)
    return found


class Watch:
    """Looks at every answer of an app.

    All apps promise the same, however they are served (`test_conformance.py`): the document of the first,
    which takes half a second, is that of all.
    """

    _of_all: Conformance | None = None

    def __init__(self, app: App) -> None:
        if Watch._of_all is None:
            Watch._of_all = Conformance(app.product.openapi())
        self._conformance = Watch._of_all

    def look(self, response: httpx2.Response) -> None:
        """Fail if it is not as described; its body has been read.

        Raises:
            AssertionError: what is wrong with it.
        """
        asked = response.request
        if "access-control-request-method" in asked.headers:
            return  # what a browser asks first is no request of the API
        path = asked.url.raw_path.split(b"?")[0].decode()
        answer = Answer(asked.method, path, response.status_code, response.headers, response.content)
        problems = self._conformance.problems(answer)
        assert not problems, f"{asked.method} {path} answers {response.status_code}: {problems[:5]}"


def watch(client: httpx2.Client, app: App) -> None:
    """Have every answer to a client looked at."""
    watch = Watch(app)

    def hook(response: httpx2.Response) -> None:
        response.read()
        watch.look(response)

    client.event_hooks["response"].append(hook)


def watch_async(client: httpx2.AsyncClient, app: App) -> None:
    """Have every answer to a client looked at."""
    watch = Watch(app)

    async def hook(response: httpx2.Response) -> None:
        await response.aread()
        watch.look(response)

    client.event_hooks["response"].append(hook)
