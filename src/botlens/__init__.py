"""botlens: the analytics engine for chatbots.

What a program needs of it stands here, and is loaded when it is first asked for (PEP 562): to import the
package costs next to nothing.

    with open_engine("botlens-data") as engine:
        company = engine.accounts.company("acme")
        scope = engine.answers.scope(company, datetime.now(UTC))
        numbers = engine.answers.seed.overview(scope)
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from botlens.api.app import create_app
    from botlens.api.routes.analytics import analytics_router
    from botlens.engine import Engine
    from botlens.errors import BotlensError
    from botlens.opening import open_engine
    from botlens.settings import Settings
    from botlens.tenants.credentials import TokenVerifier

__version__ = "0.1.0"

__all__ = [
    "BotlensError",
    "Engine",
    "Settings",
    "TokenVerifier",
    "__version__",
    "analytics_router",
    "create_app",
    "open_engine",
]

_HOMES: Final = MappingProxyType(
    {
        "BotlensError": "botlens.errors",
        "Engine": "botlens.engine",
        "Settings": "botlens.settings",
        "TokenVerifier": "botlens.tenants.credentials",
        "analytics_router": "botlens.api.routes.analytics",
        "create_app": "botlens.api.app",
        "open_engine": "botlens.opening",
    }
)


def __getattr__(name: str) -> Any:
    """What a name of the face stands for, from the module that has it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    """The names of the face, loaded or not, and what else a module has."""
    return sorted({*globals(), *__all__})
