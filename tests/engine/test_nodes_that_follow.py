"""One node of a cluster follows a source for all: of its own and of others, while nodes die."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from botlens.commit.cluster.passed_commits import PassedCommits
from botlens.commit.columns import EventColumns, LoadedRows
from botlens.jobs import runner
from botlens.jobs.leases import LeaseLostError
from botlens.sources.postgres.comparing import KeyComparison
from tests.clickhouse_server import ClickHouseServer
from tests.engine.cluster_nodes import eventually
from tests.engine.nodes_that_follow import LEASE, FollowingCluster
from tests.engine.platform import Platform
from tests.soak.nodes import Node as ServingProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class KilledError(Exception):
    """The follower ends here."""


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


def test_whole_tables_go_to_their_owners(cluster: FollowingCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that is cut off before it is counted is gone on with by another node, from the marks."""
    ann, ben = cluster.open("ann", follow=False), cluster.open("ben", follow=False)
    cluster.both_have_half()
    cluster.platform.many(1_200)
    (other,) = {ann, ben} - {cluster.owner(cluster.platform.company)}
    loaded: list[int] = []
    load = PassedCommits.load

    def noted(commits: PassedCommits, company: str, events: EventColumns) -> LoadedRows:
        loaded.append(len(events.table))
        return load(commits, company, events)

    def dies(*_: object) -> int:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(PassedCommits, "load", noted)
        patched.setattr(PassedCommits, "count_loaded", dies)
        with pytest.raises(KilledError):
            cluster.verify(other)
    assert sum(loaded) == 1_200 * 4  # a conversation, a question, an answer and a vote
    (again,) = {ann, ben} - {other}
    cluster.verify(again)
    cluster.check()
    assert "nothing differs" in cluster.verify(other).sentence()


def test_a_follower_that_was_taken_for_dead_deletes_nothing(
    cluster: FollowingCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the source's keys, stands still, and finds what another one has brought in since."""
    ann = cluster.open("ann", follow=False)
    platform = cluster.platform
    platform.conversation("Where?", "There")
    cluster.verify(ann)
    read, woke = KeyComparison.read, []

    def stands_still(comparison: KeyComparison) -> None:
        read(comparison)
        if not woke:
            woke.append(True)
            platform.conversation("When?", "Now")
            cluster.lease_ends(cluster.holder())
            cluster.verify(ann)
            cluster.check()

    monkeypatch.setattr(KeyComparison, "read", stands_still)
    with pytest.raises(LeaseLostError):
        cluster.verify(ann, holder="the dead")
    assert woke
    cluster.check()


def test_nodes_die_while_it_is_followed(cluster: FollowingCluster) -> None:
    """First the one that follows, then an owner; another one ends as it should. Nothing is lost, or twice."""
    cluster.seconds = LEASE
    cluster.open("ann")
    cluster.open("ben")
    cluster.both_have_half()
    bots = [bot for own in cluster.companies_of_both().values() for bot in own]
    with cluster.traffic(bots) as written:
        first = cluster.follower()
        eventually(lambda: len(written) > 20)
        first.freeze()
        cluster.nodes.remove(first)
        (second,) = cluster.nodes
        dead = cluster.holder()
        eventually(lambda: cluster.lease_ends(dead) or second.follows())
        eventually(lambda: not first.follows())  # it went on, until it was to write
        first.engine.jobs.stop()
        eventually(lambda: second.cluster.slots == 256)
        third = cluster.open("cid")
        eventually(lambda: third.cluster.slots == 128)
        upto = len(written) + 10
        eventually(lambda: len(written) > upto)
        second.end()
        cluster.nodes.remove(second)
        eventually(third.follows)
    cluster.check()
    first.engine.close()
    cluster.check()
    third.engine.jobs.stop()
    assert "nothing differs" in cluster.verify(third).sentence()


def test_processes_that_are_killed(
    platform: Platform,
    new_postgres: Callable[[], str],
    clickhouse_server: ClickHouseServer,
    tmp_path: Path,
) -> None:
    """By SIGKILL, each once, under traffic: the other goes on from the marks, and every row counts once."""
    shards = [clickhouse_server.new_database() for _ in range(2)]
    cluster = FollowingCluster(platform, new_postgres(), shards, tmp_path)
    bots = [platform.bot, *(cluster.new_company() for _ in range(5))]
    settings = {
        "BOTLENS_ACCOUNTS_URL": cluster.url,
        "BOTLENS_SHARDS": ",".join(shards),
        "BOTLENS_LEASE_SECONDS": str(LEASE),
        "BOTLENS_SYNC_URL": platform.url,
    }
    holders: list[str] = []
    pair = [ServingProcess(tmp_path, name, settings, ()) for name in ("ann", "ben")]
    try:
        with cluster.traffic(bots) as written:
            for each in pair:
                each.start()
            for dying, other in (pair, pair[::-1]):
                dying.becomes_ready()
                other.becomes_ready()
                upto = len(written) + 40
                eventually(lambda upto=upto: len(written) > upto)
                dying.kill()
                holders.append(cluster.holder())
                cluster.lease_ends(holders[-1])  # if it was this one, it is the other now
                upto = len(written) + 40
                eventually(lambda upto=upto: len(written) > upto)
                dying.start()
        for each in bots:  # the last that is said of each company: all before it is counted, votes, too
            platform.conversation("Is that all?", "It is.", bot=each)
        eventually(lambda: cluster.counted_by(pair) == cluster.rows())
        assert len({*holders, cluster.holder()}) > 1
    finally:
        for each in pair:
            each.close()
    try:
        cluster.open("cid", follow=False)
        cluster.check()
        cluster.lease_ends(cluster.holder())
        assert "nothing differs" in cluster.verify(cluster.nodes[0]).sentence()
    finally:
        cluster.close()
