"""Why a PostgreSQL lets nobody in until something is changed, there or in its URL: time does not mend that.

The driver gives no code (SQLSTATE 28xxx, 3D000) of a connection that was not opened, so what the server said
tells it. One that says it in another language than English is waited for, like one that is down.
"""

import re
from typing import Final

from sqlalchemy.engine import URL

UNKNOWN_ROLE: Final = r"tenant.{0,40} not found|role \"[^\"]*\" does not exist"
NOT_LET_IN: Final = r"password authentication failed|no password supplied|password authentication|28P01"
NO_DATABASE: Final = r"database \"[^\"]*\" does not exist"

_PASSES: Final = r"starting up|shutting down|not (yet )?accepting connections|too many"
"""Said beside the rest, where the driver tried twice, with TLS and without."""

_MENDS: Final = {
    UNKNOWN_ROLE: "There is no role `{role}`: make it there (CREATE ROLE), or name another in the URL",
    NOT_LET_IN: "The role `{role}` is not let in by this password: check both in the URL (in a password, "
    "@ is written as %40, / as %2F, % as %25), or set another with ALTER ROLE",
    NO_DATABASE: 'There is no such database. Make it there, once: CREATE DATABASE "{database}"',
    r"no pg_hba\.conf entry|pg_hba\.conf rejects": "The server lets nobody in from here as `{role}`: add a "
    "line for this machine to its pg_hba.conf, or, where that asks for TLS, ?sslmode=require to the URL",
    r"(peer|ident|certificate|GSSAPI|LDAP|PAM|RADIUS) authentication failed": "The server knows the role "
    "`{role}` by other means than a password: see its pg_hba.conf",
    r"is not permitted to log in": 'The role `{role}` may not log in: ALTER ROLE "{role}" LOGIN',
    r"permission denied for database": "The role `{role}` may not connect: "
    'GRANT CONNECT ON DATABASE "{database}" TO "{role}"',
}


def mend_of_refusal(said: str, url: URL) -> str | None:
    """What to do so that somebody is let in; None where it may be a matter of time.

    Args:
        said: what came of an attempt to connect.
        url: of the database.
    """
    of_several = not isinstance(url.query.get("host", ""), str) or "," in (url.host or "")
    if of_several or re.search(_PASSES, said, re.IGNORECASE):  # another of them may be down for now
        return None
    names = {"role": url.username or "(none)", "database": url.database or "(none)"}
    found = (mend for pattern, mend in _MENDS.items() if re.search(pattern, said, re.IGNORECASE))
    mend = next(found, None)
    return None if mend is None else mend.format(**names)
