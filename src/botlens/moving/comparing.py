"""Asks both sides the same: the three seed routes and fifty questions of every company."""

from collections.abc import Callable, Sequence
from datetime import datetime

from botlens.answers.still import StillAnswers
from botlens.database.copying import NotCopiedError
from botlens.moving.shards import Shard, shard_of
from botlens.store.connection import ClickHouse
from botlens.tenants.accounts import Accounts


def compare_answers(
    accounts: Accounts,
    source: ClickHouse,
    shards: Sequence[Shard],
    now: datetime,
    heard: Callable[[int], None],
) -> int:
    """Pass if all answers are equal; returns how many there were.

    Args:
        accounts: have the companies.
        source: the folder's store.
        shards: have the same rows.
        now: what "today" is taken from, on both sides.
        heard: hears how many companies were compared.

    Raises:
        NotCopiedError: an answer differs.
    """
    here, answers = StillAnswers(accounts, source, now), 0
    there = {shard.name: StillAnswers(accounts, shard.store, now) for shard in shards}
    for done, company in enumerate(accounts.companies(with_gone=True), 1):
        shard = shard_of(company.id, shards)
        for (asked, ours), (_, theirs) in zip(here.of(company), there[shard.name].of(company), strict=True):
            if ours != theirs:
                raise NotCopiedError(
                    f"{shard.name} answers in another way than the folder: {asked} of company {company.id}. "
                    "The accounts were not moved. Please report this."
                )
            answers += 1
        heard(done)
    return answers
