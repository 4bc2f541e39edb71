"""Which database is which shard: a random word of each, which its mark in the store carries, too.

A database that is empty looks like one that was never used. Whether a shard was is known here.
"""

from typing import Final

from botlens.database.single import SingleStatements

UNNAMED: Final = ""
"""The word of a shard that was marked before there were any."""


class ShardWords:
    """Reads and settles the words of shards. For any thread.

    Args:
        statements: run each.
    """

    def __init__(self, statements: SingleStatements) -> None:
        self._statements = statements

    def known(self, shard: int) -> str | None:
        """The word of a shard; None of one that was never marked.

        Raises:
            OverloadedError: the database does not answer.
        """
        rows = self._statements.run(
            "SELECT word FROM botlens.shard_words WHERE shard = %(shard)s", {"shard": shard}
        )
        return None if not rows else str(rows[0][0])

    def settle(self, shard: int, word: str) -> str:
        """Have a shard be known by a word, unless it is by another; returns by which it is.

        Call it when the store carries the word: who is cut off before that has changed nothing.

        Raises:
            OverloadedError: the database does not answer.
        """
        self._statements.run(
            "INSERT INTO botlens.shard_words (shard, word) VALUES (%(shard)s, %(word)s) "
            "ON CONFLICT DO NOTHING",
            {"shard": shard, "word": word},
        )
        known = self.known(shard)
        return word if known is None else known
