"""One node of a cluster follows a source for all: of its own and of others, while nodes die."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from botlens.jobs import runner
from tests.clickhouse_server import ClickHouseServer
from tests.engine.nodes_that_follow import FollowingCluster
from tests.engine.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def cluster(
    platform: Platform,
    new_postgres: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FollowingCluster]:
    monkeypatch.setattr(runner, "_OTHERS_PAUSE", 0.2)
    shards = [clickhouse_server.new_database() for _ in range(2)]
    found = FollowingCluster(platform, new_postgres(), shards, tmp_path)
    yield found
    found.close()


def test_companies_of_both_nodes(cluster: FollowingCluster) -> None:
    """What is copied, what is said later and what is taken back is counted by who has the company."""
    ann, ben = cluster.open("ann"), cluster.open("ben")
    cluster.both_have_half()
    bots = cluster.companies_of_both()
    platform = cluster.platform
    said = [platform.conversation("Where?", "There", bot=bot) for own in bots.values() for bot in own]
    cluster.check()
    follower = cluster.follower()
    for conversation, (question, reply) in said:
        platform.vote(reply)
        platform.run("UPDATE messages SET content = 'When?' WHERE id = %s", question)
        platform.message(conversation, "Today", "assistant")
    platform.run("DELETE FROM conversations WHERE id = %s", said[0][0])
    platform.move(said[1][0], bots["ann"][0])
    platform.move(said[-1][0], bots["ben"][0])
    cluster.check()
    assert follower is cluster.follower()
    assert {ann, ben} == {follower, *[each for each in cluster.nodes if not each.follows()]}
