"""The ways to follow a source, on a real PostgreSQL: each goes with the rights that are granted."""

import pytest

from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.examination import followed_tables
from botlens.sources.postgres.mapping_text import built_in
from botlens.sources.postgres.refusals import SourceError
from botlens.sources.postgres.slot import PolledLog
from botlens.sources.postgres.stream import StreamedLog
from botlens.sources.postgres.sweep import Sweep
from botlens.sources.postgres.ways import SourceWays
from tests.engine.origin import changes
from tests.engine.pooler import Pooler
from tests.engine.team import Team


def test_a_pooler(team: Team, postgres_server: str) -> None:
    """Through it the log is read by statements; streaming is said not to go."""
    pooler = Pooler(postgres_server)
    direct = team.url
    database = direct.partition("@/")[2].partition("?")[0]
    team.url = f"postgresql://{team.role}@127.0.0.1:{pooler.port}/{database}"
    assert "is a pooler" in team.found("").sentence
    assert team.way() == "slot"
    opened = SourceWays(parse_address(team.url)).open(followed_tables(built_in("supabase")), print)
    opened.follower.close()
    assert opened.name == "slot"
    assert "is a pooler" in opened.why[0]
    pooler.close()
    team.url = direct


def test_a_way_that_is_wanted(team: Team) -> None:
    """Each can be asked for, and goes with the rights that are granted; one that cannot be gone says why."""
    tables = followed_tables(built_in("supabase"))
    for wanted, kind in {"stream": StreamedLog, "slot": PolledLog, "sweep": Sweep}.items():
        opened = SourceWays(parse_address(team.url), wanted).open(tables, print)
        follower = opened.follower
        assert (opened.name, type(follower), opened.why) == (wanted, kind, ())
        team.run(f"INSERT INTO conversations VALUES ('{wanted}', 'b1')")
        assert [(each.table.name, each.key) for each in changes(follower)] == [("conversations", (wanted,))]
        assert follower.lag().behind < 100_000_000
        follower.close()
    team.run(f"ALTER ROLE {team.role} NOREPLICATION")
    with pytest.raises(SourceError, match="cannot be followed as slot") as raised:
        SourceWays(parse_address(team.url), "slot").open(tables, print)
    assert raised.value.code == "no_way_to_follow"
