"""Any history of a company that nodes of two definitions have by turns, with deaths, zombies, thresholds."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clickhouse_server import ClickHouseServer
from tests.engine.definitions import TwoVersions, VersionNode, as_counted_by, two_versions
from tests.engine.owners import new_company_at
from tests.oracle import strategies
from tests.properties.companies import send, verified
from tests.properties.examples import examples
from tests.properties.test_seed_numbers import check

PLACES = st.sampled_from(("_bring_in", "_derive", "_is_rebuilt", "_recover"))


@pytest.fixture(scope="module")
def lasting(clickhouse_server: ClickHouseServer, postgres_server: str) -> Iterator[TwoVersions]:
    """For all examples of a property."""
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True) as one:
        one.execute(f"CREATE DATABASE {name}")
    url = f"postgresql://postgres@/{name}?host={postgres_server}"
    with two_versions(url, [clickhouse_server.new_database()]) as found:
        yield found


class Story:
    """What happens to one company, as it is drawn; who has it is always right."""

    def __init__(self, nodes: TwoVersions, data: st.DataObject) -> None:
        self.nodes, self.data = nodes, data
        self.events = data.draw(strategies.histories(), label="events")
        found = data.draw(strategies.chatbots(), label="chatbots")
        self.chatbots = sorted(found, key=lambda chatbot: chatbot["chatbot_id"])
        self.now = data.draw(strategies.moments(near=self.events), label="now")
        self.owner = data.draw(st.sampled_from(nodes.all), label="first")
        zone = data.draw(strategies.zones(), label="zone")
        self.company = new_company_at(self.owner, zone, self.chatbots)
        self.sent: list[dict] = []

    def send(self) -> None:
        at = len(self.sent)
        part = self.events[at : at + self.data.draw(st.integers(1, 6), label="batch")]
        self.sent += part
        send(self.owner, self.company, part)

    def flush(self) -> None:
        self.owner.flush_quietly()

    def others_wake(self) -> None:
        for each in self.nodes.all:
            if each is not self.owner:
                each.flush_quietly()
                each.look()

    def threshold(self) -> None:
        chatbot = self.data.draw(st.sampled_from(self.chatbots), label="chatbot")
        chosen = self.data.draw(st.sampled_from([0.1, 0.2, 0.8]), label="threshold")
        chatbot["confidence_threshold"] = chosen
        self.owner.chatbots.put(self.company.id, chatbot["chatbot_id"], confidence_threshold=chosen)

    def change(self) -> None:
        self._leave()
        self._take(self._another())

    def change_after_a_death(self) -> None:
        self._leave()
        other = self._another()
        if other.dies_opening(self.company, self.data.draw(PLACES, label="where")):
            other.expire(self.company.id)
            other.look()
            other = self.data.draw(st.sampled_from(self.nodes.all), label="who comes then")
        self._take(other)

    def _another(self) -> VersionNode:
        others = [each for each in self.nodes.all if each is not self.owner]
        return self.data.draw(st.sampled_from(others), label="next")

    def _leave(self) -> None:
        if self.data.draw(st.booleans(), label="orderly"):
            self.owner.let_go(self.company.id)
        else:
            self.owner.expire(self.company.id)

    def _take(self, other: VersionNode) -> None:
        self.owner = other
        other.look()  # it may believe to have it from before
        if not other.has(self.company.id):
            other.take(self.company.id)
        chatbots = as_counted_by(other.definition, self.chatbots)
        check(other, self.company, self.sent, chatbots, self.now)
        assert verified(other, self.company)


@pytest.mark.slow
@examples(5)
@given(data=st.data())
def test_any_history_that_goes_back_and_forth(lasting: TwoVersions, data: st.DataObject) -> None:
    """Whoever has the slot says what the oracle says by its definition, at each change of hands."""
    story = Story(lasting, data)
    steps = (
        *(story.send, story.send, story.send, story.send, story.flush, story.others_wake),
        *(story.threshold, story.change, story.change, story.change_after_a_death),
    )
    while len(story.sent) < len(story.events):
        data.draw(st.sampled_from(steps), label="step")()
    story.change()
    story.others_wake()
    story.change()
    story.owner.let_go(story.company.id)
    story.others_wake()
