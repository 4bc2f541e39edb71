"""Companies whose questions are linked by themselves, and waiting for what happens to them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from botlens.engine import Engine
from botlens.gaps.link import company_link, due
from botlens.gaps.link import job as link_job
from botlens.gaps.process.link_options import LinkOptions
from botlens.tenants.accounts import Accounts
from tests.conftest import Tenant, World

PATIENCE = 180.0


def wait_until(what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.1)


@contextmanager
def opened(folder: Path, options: LinkOptions) -> Iterator[World]:
    accounts = Accounts.open(f"sqlite:///{folder}/accounts.db")
    with Engine(
        accounts,
        clickhouse_url=f"chdb://{folder}/events",
        journal_folder=folder / "journal",
        linking=options,
    ) as engine:
        yield World(engine)


@contextmanager
def linking_by_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A company whose questions are linked as they come; never because it is night."""
    monkeypatch.setattr(link_job, "_ROUND_SECONDS", 0.1)
    monkeypatch.setattr(due, "_SHARE", 0)
    for each in (due, company_link):
        monkeypatch.setattr(each, "night_between", lambda *_: False)
    with opened(folder, LinkOptions(by_itself=True)) as world:
        company = world.engine.accounts.create_company("Acme", owner="ann", plan="pro")
        _, key = world.engine.accounts.create_key(company.id)
        tenant = Tenant(world, company, key)
        tenant.put("bot", name="Bot")
        yield tenant
