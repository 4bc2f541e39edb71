"""What `botlens doctor` finds: a mark, a line, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

from rich.text import Text

from botlens.cli.console import printable


class Symbol(StrEnum):
    """How it is: fine, worth knowing, or wrong."""

    FINE = "✓"
    NOTE = "!"
    WRONG = "✗"


_STYLES = {Symbol.FINE: "green", Symbol.NOTE: "yellow", Symbol.WRONG: "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's."""

    mark: Symbol
    what: str
    mend: str = ""

    def line(self) -> Text:
        """As it is printed."""
        text = Text.assemble((f"{self.mark.value} ", _STYLES[self.mark]), printable(self.what))
        for number, each in enumerate(self.mend.splitlines()):  # statements: to be copied as they stand
            text.append(f"\n  {'→' if number == 0 else ' '} {printable(each)}", style="dim")
        return text


def fine(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Symbol.FINE, what)


def note(what: str, mend: str = "") -> Finding:
    """It works, but it is worth knowing."""
    return Finding(Symbol.NOTE, what, mend)


def wrong(what: str, mend: str = "") -> Finding:
    """It does not work."""
    return Finding(Symbol.WRONG, what, mend)
