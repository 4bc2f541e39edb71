"""What is asked of the accounts while a request runs: on the loop where it is remembered, else in a thread.

Where the accounts are a file, a look at them costs next to nothing. Where they are a network away, what was
read is remembered and looked over every few milliseconds; going to a thread and back for what is remembered
would be a third of a short request.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from anyio import CapacityLimiter, fail_after
from anyio.to_thread import run_sync

from botlens.database.patience import NotRememberedError
from botlens.database.single import UNANSWERED
from botlens.errors import OverloadedError
from botlens.tenants.accounts import Accounts

T = TypeVar("T")

_THREADS: Final = 16
"""At once, on each loop: more than there are connections would wait for those, and what needs a thread and no
accounts must not wait for a database that does not answer."""

_TURN_SECONDS: Final = 4.0
"""So long one of them is waited for. With what a look at the accounts is waited for it is below 15 s."""

_limiters: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, CapacityLimiter]] = WeakKeyDictionary()


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
        return await wait_for_accounts(ask, *arguments)


async def wait_for_accounts(ask: Callable[..., T], *arguments: Any, **named: Any) -> T:
    """What `ask` returns, which may wait for accounts and change them, in one of the few threads for that.

    Raises:
        OverloadedError: they are all busy, for so long that the accounts are taken not to answer.
    """
    loop = asyncio.get_running_loop()
    limiter = _limiters.get(loop)
    if limiter is None:
        limiter = _limiters[loop] = CapacityLimiter(_THREADS)
    caller = object()
    try:
        with fail_after(_TURN_SECONDS):
            await limiter.acquire_on_behalf_of(caller)
    except TimeoutError:
        raise OverloadedError(UNANSWERED, code="accounts_unavailable") from None
    try:  # the turn is had: anyio's own limit for threads is that of all others
        return await run_sync(partial(ask, *arguments, **named), limiter=CapacityLimiter(1))
    finally:
        limiter.release_on_behalf_of(caller)
