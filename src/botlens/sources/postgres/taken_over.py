"""The accounts of the source, taken over: which chatbots there are, for events."""

from botlens.sources.postgres.accounts import SourceAccounts
from botlens.sources.postgres.placing import PlacedChatbots
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.refusals import reported


class TakenOverAccounts:
    """See `placing.AccountsOfSource`.

    Args:
        accounts: reads what the source has, and writes it here.
    """

    def __init__(self, accounts: SourceAccounts) -> None:
        self._accounts = accounts

    def refresh(self, reader: SourceReader) -> PlacedChatbots:
        """Read them now, and write what differs."""
        with reported(reader.address):
            changes = self._accounts.refresh(reader.connection)
        return PlacedChatbots(changes.placed, changes.to_read)
