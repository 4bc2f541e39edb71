"""What is asked of the accounts while a request runs: on the loop where it is remembered, else in a thread.

Where the accounts are a file, a look at them costs next to nothing. Where they are a network away, what was
read is remembered and looked over every few milliseconds; going to a thread and back for what is remembered
would be a third of a short request.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool

from botlens.database.patience import NotRememberedError
from botlens.tenants.accounts import Accounts

T = TypeVar("T")


async def ask_accounts(accounts: Accounts, ask: Callable[..., T], *arguments: Any) -> T:
    """What `ask` returns.

    Args:
        accounts: that it reads.
        ask: waits for nothing but them. It may be stopped at any look at them, and be called once more.
        arguments: of it.
    """
    try:
        return accounts.at_once(ask, *arguments)
    except NotRememberedError:
        return await run_in_threadpool(ask, *arguments)
