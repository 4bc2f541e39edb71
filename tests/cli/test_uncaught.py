"""What nobody caught is a line of JSON in a server's log."""

import json
import signal
import subprocess
import sys

import pytest

HEAD = "from botlens.serving.logs import log_to_stderr\nlog_to_stderr('info')\n"
IN_A_THREAD = (
    "import threading\ndef work():\n    raise ValueError('lost')\n"
    "thread = threading.Thread(target=work, name='worker')\nthread.start()\nthread.join()\n"
)
UNRAISABLE = "class Odd:\n    def __del__(self):\n        raise ValueError('lost')\nOdd()\n"


@pytest.mark.parametrize(
    ("source", "event", "code"),
    [
        ("raise ValueError('lost')\n", "uncaught_exception", 1),
        (IN_A_THREAD, "uncaught_exception", 0),
        (UNRAISABLE, "unraisable_exception", 0),
    ],
)
def test_one_line(source: str, event: str, code: int) -> None:
    """With the traceback in it, and the thread's name."""
    command = [sys.executable, "-c", HEAD + source]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == code
    (line,) = map(json.loads, run.stderr.splitlines())
    assert line["event"] == event
    assert "ValueError: lost" in line["exception"]
    assert line.get("thread") == ("worker" if source is IN_A_THREAD else None)


def test_attempts_of_libraries_are_no_lines() -> None:
    """A shard that is down is asked each second, and who asks tells of it: no other lines hide that."""
    source = (
        "import clickhouse_connect, logging\n"
        "try:\n    clickhouse_connect.get_client(host='127.0.0.1', port=1)\n"
        "except Exception:\n    logging.getLogger('botlens').warning('told once')\n"
    )
    command = [sys.executable, "-c", HEAD + source]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    (line,) = map(json.loads, run.stderr.splitlines())
    assert line["event"] == "told once"


INTERRUPTED_AGAIN = """
import signal, sys
from botlens import __main__ as entry

class Impatient:
    def flush(self):
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, entry._Interruption())
sys.stdout = Impatient()
entry._leave_at_once()
"""


def test_ctrl_c_once_more_while_a_command_leaves() -> None:
    """It ends without a word."""
    run = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AGAIN], capture_output=True, text=True, timeout=60
    )
    assert (run.returncode, run.stderr) == (-signal.SIGINT, "")
