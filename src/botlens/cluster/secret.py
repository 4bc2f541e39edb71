"""What the nodes of a cluster know and nobody else: how one knows the word of another."""

import secrets

from botlens.database.single import SingleStatements

_BYTES = 32


def shared_secret(statements: SingleStatements) -> bytes:
    """The secret of a cluster, made by whoever asks first. Its slots have been prepared.

    Raises:
        OverloadedError: the database does not answer.
    """
    statements.run(
        "UPDATE botlens.cluster SET secret = %(made)s WHERE secret = ''", {"made": secrets.token_hex(_BYTES)}
    )
    ((secret,),) = statements.run("SELECT secret FROM botlens.cluster")
    return bytes.fromhex(secret)
