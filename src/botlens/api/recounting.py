"""A new threshold over HTTP: answered when all is counted anew, or as soon as the setting is stored."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botlens.api.turns import Turns
from botlens.tenants.values import Chatbot

OnStored = Callable[[Chatbot], object]
SettingsChange = Callable[[OnStored], Chatbot]
"""Stores settings, calls what it is given once they are stored, and recounts."""


class Recounting:
    """Has chatbots recounted.

    Args:
        turns: of recounts, so that those of one company leave room for others.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._going_on: set[asyncio.Future[Any]] = set()  # else nobody would hold them

    async def run(self, company_id: str, change: SettingsChange, *, wait: bool) -> Chatbot:
        """The chatbot, when it is recounted, or (`wait` false) when its settings are the new ones.

        What fails after that is in the log, told by `/readyz`, and tried again.

        Raises:
            BotlensError: there is no turn to be had, or the settings cannot be stored; or the recount failed.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[Chatbot] = loop.create_future()

        def changed(chatbot: Chatbot) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits for the answer any more
                loop.call_soon_threadsafe(stored.set_result, chatbot)

        whole = asyncio.ensure_future(self._turns.run(company_id, lambda: change(changed)))
        if wait:
            return await whole
        self._going_on.add(whole)
        whole.add_done_callback(self._ended)
        await asyncio.wait((stored, whole), return_when=asyncio.FIRST_COMPLETED)
        return stored.result() if stored.done() else whole.result()

    def _ended(self, whole: "asyncio.Future[Any]") -> None:
        self._going_on.discard(whole)
        if not whole.cancelled():
            whole.exception()  # taken, so that the loop does not complain that nobody did
