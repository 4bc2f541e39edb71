"""Every question on the pages about queries, asked; every answer there is what comes back."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import Tenant
from tests.docs.pages import ROOT, blocks

QUERY = ROOT / "docs" / "reference" / "query.md"
RECIPES = ROOT / "docs" / "how-to" / "ask-questions.md"
PAGES = (QUERY, RECIPES)


def examples() -> Iterator[Any]:
    """(question, answer) of a page: a JSON block with metrics, and the one that follows it."""
    for page in PAGES:
        for question, answer in pairwise(json.loads(block) for block in blocks(page, "json")):
            if "metrics" in question or is_batch(question):
                yield pytest.param(question, answer, id=f"{page.stem}: {json.dumps(question)[:70]}")


def is_batch(block: dict[str, Any]) -> bool:
    """Whether it is questions by name."""
    return all(isinstance(each, dict) and "metrics" in each for each in block.values())


@pytest.fixture
def company(new_tenant: Callable[..., Tenant]) -> Tenant:
    """The company of the examples."""
    tenant = new_tenant(timezone="Europe/Berlin", chatbots=("helpdesk", "shop"))
    (events,) = (found for found in map(json.loads, blocks(QUERY, "json")) if "events" in found)
    tenant.send(*events["events"])
    return tenant


def asked(tenant: Tenant, question: dict[str, Any]) -> Any:
    path = "/v1/queries" if is_batch(question) else "/v1/query"
    found = tenant.world.client.post(path, json=question, headers=tenant.headers)
    return shortened(found.json())


def shortened(value: Any) -> Any:
    """With four digits, as on the pages."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: shortened(each) for key, each in value.items()}
    return [shortened(each) for each in value] if isinstance(value, list) else value


def part_of(whole: Any, shown: Any) -> Any:
    """What a page shows of an object may leave keys out; lists are shown whole."""
    if isinstance(whole, dict) and isinstance(shown, dict):
        return {key: part_of(whole[key], each) for key, each in shown.items() if key in whole}
    return whole


@pytest.mark.parametrize(("question", "answer"), list(examples()))
def test_questions(company: Tenant, question: dict[str, Any], answer: dict[str, Any]) -> None:
    """The answer on the page is real."""
    assert part_of(asked(company, question), answer) == answer


def test_first_example_is_whole(company: Tenant) -> None:
    """The first answer of the reference leaves nothing out: it shows what an answer looks like."""
    question, answer = next(examples()).values
    assert asked(company, question) == answer


def test_a_file(company: Tenant) -> None:
    """The file on the page is the one that its link gives."""
    (link,) = (line for block in blocks(QUERY, "http") for line in [block.split()[1]] if "format=csv" in line)
    (shown,) = blocks(QUERY, "csv")
    answer = company.world.client.get(link, headers=company.headers)
    assert answer.text.removeprefix("\ufeff").splitlines() == shown.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links(company: Tenant, page: Any) -> None:
    """Each link works, and the conversations behind a figure are as many as it says."""
    for line in blocks(page, "http"):
        method, path = line.split()
        found = company.world.client.request(method, path, headers=company.headers)
        assert found.status_code == 200, found.text
    if page is RECIPES:
        behind = found.json()
        figure = asked(company, {"metrics": ["unanswered_conversations"], "period": "7d"})
        assert len(behind["conversations"]) == figure["rows"][0]["unanswered_conversations"] == 1
