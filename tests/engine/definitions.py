"""A cluster in one process whose nodes are of two versions, each with a definition of facts of its own.

The later one counts an answer as unanswered below another threshold: so each way to derive gives other facts.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from botlens.cluster.slots import SlotTable, slot_of
from botlens.commit.cluster.shard_room import ShardRoom
from botlens.errors import BotlensError
from botlens.store.connection import ClickHouse
from botlens.store.facts import stored_facts
from botlens.store.reading import CompanyReader
from botlens.store.upgrades import open_tables_of_slots
from botlens.tenants.accounts import Accounts
from botlens.tenants.values import Company
from tests.engine.cluster_nodes import Node, eventually

OLD, NEW = 3, 4
NAMES = {OLD: "conversation_facts", NEW: "conversation_facts_4"}


def threshold_of(definition: int, threshold: float) -> float:
    """What a version of a definition makes of a threshold."""
    return threshold if definition == OLD else round(0.5 + threshold / 2, 3)


def as_counted_by(definition: int, chatbots: list[dict]) -> list[dict]:
    """Chatbots as the oracle must take them to count as a version of a definition does."""
    return [
        {**each, "confidence_threshold": threshold_of(definition, each["confidence_threshold"])}
        for each in chatbots
    ]


class Died(BaseException):
    """The process ends here; nothing of it is tidied up."""


class VersionNode(Node):
    """A node of a version.

    Args:
        definition: of its facts.
        urls: of the shards.
        accounts: the node's own.
    """

    def __init__(self, definition: int, urls: list[str], accounts: Accounts) -> None:
        self.definition = definition
        self.stores = [ClickHouse(url) for url in urls]
        for each in self.stores:
            assert open_tables_of_slots(each, definition)
        asked = accounts.thresholds
        accounts.thresholds = lambda company_id: {  # type: ignore[method-assign]
            name: threshold_of(definition, each) for name, each in asked(company_id).items()
        }
        super().__init__(self.stores, accounts)

    def dies_opening(self, company: Company, where: str, after: int = 0) -> bool:
        """Take a slot, and die where the room does something for the n-th time; whether it came so far."""
        calls, room = [], self.room_of_slot(company)
        method = getattr(room, where)

        def dying(*arguments: Any, **named: Any) -> Any:
            calls.append(None)
            if len(calls) > after:
                raise Died
            return method(*arguments, **named)

        setattr(room, where, dying)
        slot = slot_of(company.id)
        try:
            self.look()
            self.node._take([each for each in self.node._view.look(self.node._table) if each.slot == slot])
            eventually(lambda: len(calls) > after or self.has(company.id))
        finally:
            delattr(room, where)
        return len(calls) > after

    def room_of_slot(self, company: Company) -> ShardRoom:
        states = self.node._view.look(self.node._table)
        return self.commits._rooms[states[slot_of(company.id)].shard]

    def close(self) -> None:
        super().close()
        for each in self.stores:
            each.close()


@dataclass
class TwoVersions:
    """Two nodes of the old version, and two of the new one."""

    ann: VersionNode
    ben: VersionNode
    eve: VersionNode
    fay: VersionNode
    shards: list[str]
    url: str

    @property
    def all(self) -> tuple[VersionNode, ...]:
        return self.ann, self.ben, self.eve, self.fay

    def facts(self, definition: int, company: Company) -> list[Any]:
        """What the table of a definition says of the conversations of a chatbot."""
        node = self.ann if definition == OLD else self.eve
        reader = CompanyReader(node.stores[0], company.id, table=NAMES[definition])
        return stored_facts(reader, "bot", "", None)

    def versions(self, definition: int, company: Company) -> dict[str, int]:
        """The version of the facts of each conversation."""
        rows = self.ann.stores[0].maintain(
            f"SELECT conversation_id, version FROM {NAMES[definition]} FINAL WHERE NOT gone "
            "AND company_id = {company:String}",
            {"company": company.id},
        )
        return {row[0]: row[1] for row in rows}

    def intended(self, definition: int) -> set[tuple[str, str]]:
        rows = self.run(
            "SELECT company_id, chatbot_id FROM botlens.intentions WHERE kind = %(kind)s",
            {"kind": f"facts {definition}"},
        )
        return {(row[0], row[1]) for row in rows}

    def run(self, statement: str, parameters: Any = None) -> Any:
        return self.ann.commits._moving_slots.run(statement, parameters)


@contextmanager
def two_versions(url: str, shards: list[str]) -> Iterator[TwoVersions]:
    first = Accounts.open(url)
    with closing(first.database.statements()) as statements:
        SlotTable(statements, 600.0).prepare(len(shards), OLD)
    nodes = [
        VersionNode(definition, shards, first if number == 0 else Accounts.open(url))
        for number, definition in enumerate((OLD, OLD, NEW, NEW))
    ]
    yield TwoVersions(*nodes, shards, url)
    for each in nodes:
        with suppress(BotlensError):
            each.close()
