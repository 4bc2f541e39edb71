"""Where a folder is being moved to, or was: from then on nothing else may use what is in it.

Events that it took meanwhile, or afterwards, would be nowhere else.
"""

from pathlib import Path

import msgspec

from botlens.errors import BotlensError, InvalidError
from botlens.folder.written import write_whole

_NAME = "moved.json"


class Move(msgspec.Struct, frozen=True):
    """A move of a folder. No password is in it.

    Attributes:
        accounts: the PostgreSQL that gets the accounts.
        shards: the ClickHouse servers that get the events, in the order that decides which gets what.
        done_at: when all of it was there and was compared; None until then.
    """

    accounts: str
    shards: tuple[str, ...]
    done_at: str | None = None

    @property
    def target(self) -> tuple[str, tuple[str, ...]]:
        """Where to."""
        return self.accounts, self.shards


class FolderMovedError(BotlensError):
    """What is in the folder is, or will soon be, served from elsewhere."""

    code = "folder_moved"


def move_of(data_dir: Path) -> Move | None:
    """The move of a folder that was begun, if one was.

    Raises:
        InvalidError: what says so cannot be read.
    """
    path = data_dir / _NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Move)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        message = f"{path} says whether the folder was moved, and cannot be read: {error}."
        raise InvalidError(message, field="data_dir") from None


def note_move(data_dir: Path, move: Move) -> None:
    """Write down where a folder is being moved to, or was."""
    write_whole(data_dir / _NAME, [msgspec.json.encode(move)])


def check_not_moved(data_dir: Path) -> None:
    """Pass if what is in a folder is served from there.

    Raises:
        FolderMovedError: it is being moved, or was.
    """
    move = move_of(data_dir)
    if move is None:
        return
    if move.done_at is None:
        message = (
            f"{data_dir} is being moved to {move.accounts}, which was cut off: run the same `botlens move` "
            f"again. To give it up instead, remove what it wrote there, then {data_dir / _NAME}."
        )
    else:
        message = (
            f"{data_dir} was moved to {move.accounts} on {move.done_at[:10]}, and is served from there: set "
            "BOTLENS_ACCOUNTS_URL and BOTLENS_SHARDS to use it. What the folder would take now would be "
            f"nowhere else; to use it all the same, remove {data_dir / _NAME}."
        )
    raise FolderMovedError(message)
