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
    """

    names: int
    gone: int
    missing: int
    rows: int
    different: int

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
        return f"{self.names:,} keys and {self.rows:,} whole rows compared: {mended}."
