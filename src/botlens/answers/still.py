"""What is said of a company by a store to which nobody writes: for whoever compares two stores."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from botlens.answers.numbers import NumbersReader
from botlens.answers.queries import Queries
from botlens.answers.scope import Scope
from botlens.answers.seed import Seed
from botlens.commit.still import still_snapshots
from botlens.live.registry import LiveNumbers
from botlens.metrics.catalogue import METRICS
from botlens.query.batch import MOST_QUESTIONS
from botlens.query.description import allowed_dimensions
from botlens.store.connection import ClickHouse
from botlens.store.numbers import load_numbers
from botlens.tenants.accounts import Accounts
from botlens.tenants.plans import UNLIMITED, Plan
from botlens.tenants.values import Company

_EVERYTHING: Final = Plan("everything", analytics=True, conversations_per_month=UNLIMITED)
_MOST_COMPARED: Final = 50

SaidAnswer = tuple[str, Any]
"""What was asked, and the answer, or the message of the error that stands in its place."""


class StillAnswers:
    """The three seed routes and fifty questions, whatever a company's plan includes.

    Args:
        accounts: have the companies.
        store: has their events and facts; nobody writes to it.
        now: what "today" is taken from.
    """

    def __init__(self, accounts: Accounts, store: ClickHouse, now: datetime) -> None:
        self._accounts = accounts
        self._store = store
        self._now = now

    def of(self, company: Company) -> Iterator[SaidAnswer]:
        """All answers about a company, one after the other, in an order of their own.

        Raises:
            StoreError: the store does not answer.
        """
        asks = replace(company, plan=_EVERYTHING.name)
        scope = replace(Scope.of(self._accounts, asks, self._now), plans={_EVERYTHING.name: _EVERYTHING})
        snapshots = still_snapshots(self._store)
        seed = Seed(NumbersReader(snapshots, LiveNumbers(), load_numbers))  # from facts: they are compared
        yield "the overview", seed.overview(scope)
        for chatbot_id in scope.chatbots:
            yield f"the numbers of chatbot {chatbot_id}", seed.chatbot(scope, chatbot_id)
            yield f"the unanswered questions of chatbot {chatbot_id}", seed.gaps(scope, chatbot_id)
        queries, questions = Queries(snapshots), list(compared_questions().items())
        for at in range(0, len(questions), MOST_QUESTIONS):
            result = queries.batch(scope, dict(questions[at : at + MOST_QUESTIONS]))
            yield from result.answers.items()
            yield from ((name, error.message) for name, error in result.errors.items())


def compared_questions() -> Mapping[str, Mapping[str, Any]]:
    """Fifty questions by what they ask: each metric, and as many by one of their dimensions as fit."""
    asked: dict[str, Mapping[str, Any]] = {name: {"metrics": [name], "period": "all"} for name in METRICS}
    for at, metric in enumerate(METRICS.values()):
        dimensions = allowed_dimensions(metric)
        if dimensions:
            by = dimensions[at % len(dimensions)]
            asked[f"{metric.name} by {by}"] = {
                "metrics": [metric.name],
                "dimensions": [by],
                "period": "all",
            }
    return dict(list(asked.items())[: max(_MOST_COMPARED, len(METRICS))])
