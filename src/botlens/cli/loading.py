"""How a command loads what it needs: quickly, and without what nobody uses."""

import gc
import sys
from collections.abc import Sequence
from types import ModuleType

_YOUNG_OBJECTS = 50_000
_UNUSED = "pandas"


class _Unused:
    """Says of one package that it is not there.

    pyarrow loads pandas at the first column that it makes, to tell its own kinds from those of pandas: 33 MB
    and a tenth of all that is loaded. The embedded engine's package has it installed; nothing here uses it.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """See `importlib.abc.MetaPathFinder`.

        Raises:
            ModuleNotFoundError: it is that package.
        """
        if name == _UNUSED:
            message = f"botlens does without {name}"
            raise ModuleNotFoundError(message, name=name)


def load_lightly() -> None:
    """Set the interpreter up for loading: for the process of a command, which is nobody else's."""
    # What two thousand modules make stays, so going through it again and again is in vain.
    gc.set_threshold(_YOUNG_OBJECTS, *gc.get_threshold()[1:])
    sys.meta_path.insert(0, _Unused)
