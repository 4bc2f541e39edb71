"""Two nodes over one PostgreSQL and one store, of which one has a company: tests of owners begin so."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from botlens.cluster.slots import SlotTable, slot_of
from botlens.engine import Engine
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import Node
from tests.properties.companies import new_company

BOT = {
    "chatbot_id": "bot",
    "name": "Bot",
    "is_published": True,
    "confidence_threshold": 0.2,
    "average_rating": None,
    "timezone": None,
}
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
Pair = tuple[Node, Node]


@pytest.fixture(scope="module")
def pair(engine: Engine, postgres_server: str) -> Iterator[Pair]:
    """Two nodes that have nothing yet."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(
        f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = f"postgresql://postgres@/{name}?host={postgres_server}"
    first = Accounts.open(url)
    SlotTable(first.database.statements(), 600.0).prepare(1)
    nodes = Node([engine.store], first), Node([engine.store], Accounts.open(url))
    yield nodes
    for each in nodes:
        each.close()


@pytest.fixture
def company(pair: Pair) -> Iterator[Company]:
    """A company that the first node has."""
    found = new_company_at(pair[0], "UTC", [BOT])
    yield found
    for each in pair:
        each.look()
        if each.has(found.id):
            each.let_go(found.id)


def new_company_at(node: Node, zone: str, chatbots: list[dict], *others: Company) -> Company:
    """Made where it is not known yet who has it: accounts alone are needed. Of another slot than `others`."""
    node.chatbots._commits = None
    theirs = {slot_of(each.id) for each in others}
    made = new_company(node, zone, chatbots)
    while slot_of(made.id) in theirs:  # an id is chosen by chance, and so is its slot
        made = new_company(node, zone, chatbots)
    node.chatbots._commits = node.commits
    node.take(made.id)
    return made


def count(node: Node, company: Company) -> int:
    """The conversations of a company, as its overview says."""
    found: int = node.answers.seed.overview(node.answers.scope(company, NOW))["total_conversations"]
    return found
