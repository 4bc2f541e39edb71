"""What reads of the store do at the same time: the statements of one answer, on two cores instead of one."""

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Thread

Task = Callable[[], None]


def run_together(tasks: Iterable[Task], has_room: Callable[[], bool]) -> None:
    """Run tasks, in about their order, two at a time where there is room; return when all have ended.

    Args:
        tasks: may be run in any order and at the same time.
        has_room: whether the store has a connection to spare; nobody's question waits for a second task.

    Raises:
        Exception: what the first task to fail raises; those that were not begun are left out.
    """
    waiting, failed = deque(tasks), list[BaseException]()

    def work(may_go_on: Callable[[], bool]) -> None:
        while may_go_on() and not failed:
            try:
                task = waiting.popleft()
            except IndexError:
                return
            try:
                task()
            except BaseException as error:  # it is the caller's, who gets it
                failed.append(error)

    helper = None
    if len(waiting) > 1 and has_room():
        helper = Thread(target=work, args=(has_room,), name="botlens-question", daemon=True)
        with suppress(RuntimeError):  # no more threads: then one does it all
            helper.start()
    work(lambda: True)
    if helper is not None and helper.ident is not None:
        helper.join()
    if failed:
        raise failed[0]
