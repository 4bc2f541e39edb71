"""What several questions are answered together is what each of them is answered alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.answers.scope import Scope
from botlens.engine import Engine
from botlens.errors import BotlensError
from tests.oracle.query_histories import local_chatbots, nows, visits
from tests.oracle.query_strategies import requests
from tests.oracle.strategies import zones
from tests.properties.companies import new_company, send_in_parts
from tests.properties.examples import examples

# To make a failing example small may take hypothesis five minutes.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SELECTING = ("chatbots", "period", "timezone", "filters", "resolution_hours", "compare")


@st.composite
def batches(draw, events: list[dict], home: str):
    """Some requests; most are about the same conversations, as those of a page are."""
    questions = draw(st.lists(requests(events, home), min_size=1, max_size=5))
    first = {name: questions[0][name] for name in SELECTING if name in questions[0]}
    for place, question in enumerate(questions[1:], 1):
        if draw(st.sampled_from([True, True, False])):
            own = {name: value for name, value in question.items() if name not in SELECTING}
            questions[place] = {**own, **first}
    return {f"q{place}": question for place, question in enumerate(questions)}


@examples(12)
@given(data=st.data(), chatbots=local_chatbots(), home=zones())
def test_together_as_alone(engine: Engine, data: st.DataObject, chatbots: list[dict], home: str) -> None:
    """The answer, or the error: of whatever else is asked with it."""
    events, company = data.draw(visits(), label="events"), new_company(engine, home, chatbots)
    send_in_parts(engine, company, events, data)
    scope = engine.answers.scope(company, data.draw(nows(events), label="now"))
    questions = data.draw(batches(events, home), label="questions")
    found = engine.answers.queries.batch(scope, questions)
    assert found.answers.keys() | found.errors.keys() == questions.keys()
    for name, question in questions.items():
        told = False if question.get("n") is None else question["n"]
        together = found.answers.get(name) or found.errors[name].body()
        assert together == alone(engine, scope, {**question, "n": told}), question


def alone(engine: Engine, scope: Scope, question: dict) -> Any:
    """The answer to a question, or the error."""
    try:
        return engine.answers.queries.query(scope, question)
    except BotlensError as error:
        return error.body()
