"""Whether a PostgreSQL keeps what it has acknowledged: nodes acknowledge events by that."""

from typing import Final

from botlens.database.single import SingleStatements
from botlens.errors import InvalidError

ASYNCHRONOUS: Final = (
    "This PostgreSQL has `synchronous_commit` off: what it acknowledges it may lose when it crashes, events "
    "among it. Turn it on for the user of BOTLENS_ACCOUNTS_URL: ALTER ROLE ... SET synchronous_commit = on."
)
UNSYNCED: Final = (
    "This PostgreSQL has `fsync` off: when its machine loses power, all may be lost that it acknowledged. "
    "Turn it on where events are worth something."
)


def says_too_early(statements: SingleStatements) -> str | None:
    """What is wrong with when PostgreSQL says that something is durable; None if nothing is.

    Raises:
        OverloadedError: it does not answer.
    """
    ((commits, syncs),) = statements.run(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync')"
    )
    if commits == "off":
        return ASYNCHRONOUS
    return UNSYNCED if syncs == "off" else None


def require_durable(statements: SingleStatements) -> None:
    """Pass unless commits are acknowledged before they are written.

    Raises:
        InvalidError: they are.
        OverloadedError: PostgreSQL does not answer.
    """
    if says_too_early(statements) == ASYNCHRONOUS:
        raise InvalidError(ASYNCHRONOUS, field="accounts_url")
