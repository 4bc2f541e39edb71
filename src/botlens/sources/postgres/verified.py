"""What `--verify` has found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was compared, and how much of it differed and was mended.

    Attributes:
        names: messages, votes and ratings that the source has.
        gone: what counted here and no row says.
        missing: what rows say and did not count here, or counted as something else.
        rows: of a sample, that were compared field by field.
        different: those of them that said something else.
        deleted_here: conversations that the source has, and that were deleted here: nothing brings them back.
    """

    names: int
    gone: int
    missing: int
    rows: int
    different: int
    deleted_here: int = 0

    def sentence(self) -> str:
        """For people."""
        differ = self.gone + self.missing + self.different
        mended = (
            "nothing differs"
            if not differ
            else "mended: "
            + ", ".join(
                f"{count:,} {what}"
                for count, what in (
                    (self.gone, "gone there"),
                    (self.missing, "missing here"),
                    (self.different, "of another content"),
                )
                if count
            )
        )
        said = f"{self.names:,} keys and {self.rows:,} whole rows compared: {mended}."
        if not self.deleted_here:
            return said
        one = "1 conversation of the source that was"
        found = (
            one if self.deleted_here == 1 else f"{self.deleted_here:,} conversations of the source that were"
        )
        return f"{said} Not counted: {found} deleted here, which is final."
