"""A node of a newer version is killed at each step of taking a slot: whoever comes next counts right."""

import signal

import pytest

from botlens.tenants.values import Company
from tests import nursery
from tests.engine.cluster_nodes import PATIENCE
from tests.engine.definitions import TwoVersions, VersionNode
from tests.engine.owners import BOT, new_company_at
from tests.engine.test_two_definitions import talk, unanswered
from tests.events import message
from tests.properties.companies import send, verified

STRIDE = 4


def killed_at(versions: TwoVersions, company: Company, step: int) -> bool:
    """Have the slot taken by a process that dies; whether it came to that step."""
    arguments = (versions.url, versions.shards[0], company.id, str(step))
    done = nursery.run("tests.engine.definition_process", *arguments, timeout=PATIENCE)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def first_of(versions: TwoVersions) -> Company:
    """A company of the old version: some of it in the store, some in the journal of a node that has died."""
    ann = versions.ann
    company = new_company_at(ann, "UTC", [BOT, {**BOT, "chatbot_id": "second"}])
    send(ann, company, [*talk("a"), *({**each, "chatbot_id": "second"} for each in talk("x"))])
    ann.commits.flush()
    send(ann, company, [*talk("b", 0.1), message("a", "0", at="2026-03-16T09:00:00Z")])
    ann.expire(company.id)
    return company


def taken(node: VersionNode, company: Company, expected: int) -> None:
    node.take(company.id)
    assert unanswered(node, company) == expected
    assert verified(node, company)


@pytest.mark.slow
def test_each_step(versions: TwoVersions) -> None:
    """By turns the next is of the newer or of the older version; and then one of the other."""
    ann, ben, fay = versions.ann, versions.ben, versions.fay
    step, is_killed = 1, True
    while is_killed:
        company = first_of(versions)
        is_killed = killed_at(versions, company, step)
        ben.expire(company.id)
        ann.look()
        first, second = (ben, fay) if step // STRIDE % 2 else (fay, ben)
        taken(first, company, 1 if first is ben else 3)
        send(first, company, talk("c", 0.1))
        first.expire(company.id)
        taken(second, company, 2 if second is ben else 4)
        second.let_go(company.id)
        first.look()
        step += STRIDE
    assert step > 10
