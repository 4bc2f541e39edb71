"""How much slower than alone a process is on this machine, now.

python -m tests.soak.pace       says it three times a second, a line each, until nobody reads it

Limits of seconds are for a machine that has room for what is tested; where others use it too, they are
as much longer as all takes longer.
"""

import os
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from statistics import median

from tests import nursery

_WORK = 0.01
_OURS = 3.0
"""So slow makes it the storm itself: its processes are more than there are cores."""


class Pace:
    """Measures it in a process of its own from the beginning on."""

    def __init__(self) -> None:
        said, telling = os.pipe()
        with os.fdopen(telling, "wb") as stdout:
            self._process = nursery.start("tests.soak.pace", stdout=stdout)
        self._lately: deque[float] = deque([1.0], 60)  # of twenty seconds
        self.worst = 1.0
        threading.Thread(target=self._listen, args=(said,), daemon=True).start()

    def _listen(self, said: int) -> None:
        with os.fdopen(said) as lines:
            for line in lines:
                self._lately.append(float(line))
                self.worst = max(self.worst, median(self._lately))

    def stretched(self, seconds: float) -> float:
        """What so many seconds are on this machine, now."""
        return seconds * max(1.0, median(list(self._lately)) / _OURS)

    def close(self) -> None:
        self._process.kill()
        self._process.wait(30)


def main() -> None:
    with suppress(BrokenPipeError):
        while True:
            begun, used = time.monotonic(), time.thread_time()
            while time.thread_time() - used < _WORK:
                pass
            sys.stdout.write(f"{(time.monotonic() - begun) / _WORK:.2f}\n")
            sys.stdout.flush()
            time.sleep(0.33)


if __name__ == "__main__":
    main()
