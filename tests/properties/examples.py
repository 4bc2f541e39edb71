"""How many examples a property looks at: few at each run, many when somebody asks for them.

BOTLENS_TEST_DEPTH=10 make test
"""

import os

from hypothesis import HealthCheck, settings

_DEPTH = int(os.environ.get("BOTLENS_TEST_DEPTH", "1"))


def examples(count: int) -> settings:
    """The settings of a property of a whole engine: never judged by its time."""
    return settings(suppress_health_check=list(HealthCheck), max_examples=count * _DEPTH)
