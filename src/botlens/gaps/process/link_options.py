"""How gaps are linked, as the settings say."""

from msgspec import Struct


class LinkOptions(Struct, frozen=True):
    """How gaps are linked.

    Attributes:
        model: the folder of an ONNX model, or with `url` the name of a model there; None is the plain one.
        url: of an endpoint for embeddings.
        key: of the endpoint; it is not shown.
        memory_mib: the most that the process that embeds and links may use.
        by_itself: whether it is done without being asked for.
    """

    model: str | None = None
    url: str | None = None
    key: str | None = None
    memory_mib: int = 2_048
    by_itself: bool = False

    def __repr__(self) -> str:
        return f"LinkOptions(model={self.model!r}, url={self.url!r}, by_itself={self.by_itself})"
