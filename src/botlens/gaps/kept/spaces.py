"""The space that a link measured in, and the means of its gaps there: for what is attached, and for fixes."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from botlens.gaps.kept.summaries import OF_LINKS, WHOLE, of_links
from botlens.gaps.meaning.model import Vectors
from botlens.store.connection import ClickHouse
from botlens.store.gap_rows import gap_rows, insert_gap_rows
from botlens.store.gap_tables import GAP_SPACES
from botlens.store.reading import CompanyReader


@dataclass(frozen=True, slots=True)
class KeptSpace:
    """A space.

    Attributes:
        model: whose vectors it is of: name and version.
        space: as `Space.to_bytes` gives it.
        gaps: the gaps whose means are kept.
        means: of their points, a row each.
        sizes: of how many points each is the mean; not told of a fix.
    """

    model: str
    space: bytes
    gaps: tuple[str, ...]
    means: Vectors
    sizes: tuple[int, ...] = ()


def write_space(
    store: ClickHouse,
    company_id: str,
    chatbot_id: str,
    link: int,
    kept: KeptSpace,
    written: int,
    gap_id: str = WHOLE,
) -> None:
    """Write the space of a link, or of the fix of one gap."""
    content = {
        "space": b64encode(kept.space).decode(),
        "gaps": kept.gaps,
        "sizes": kept.sizes,
        "means": b64encode(np.ascontiguousarray(kept.means, np.float32).tobytes()).decode(),
    }
    row = {
        "chatbot_id": chatbot_id,
        "link": link,
        "gap_id": gap_id,
        "model": kept.model,
        "content": msgspec.json.encode(content).decode(),
        "written": written,
    }
    insert_gap_rows(store, GAP_SPACES, company_id, [row])


_READ = "SELECT toString(model), content FROM " + gap_rows(
    GAP_SPACES, f"{OF_LINKS} AND gap_id = {{gap:String}}", ("model", "content")
)


def read_space(reader: CompanyReader, chatbot_id: str, link: int, gap_id: str = WHOLE) -> KeptSpace | None:
    """The space of a link, or of the fix of one gap; None if it was made without a model."""
    for model, content in reader.rows(_READ, {**of_links({chatbot_id: link}), "gap": gap_id}):
        found: dict[str, Any] = msgspec.json.decode(content)
        gaps = tuple(found["gaps"])
        means = np.frombuffer(b64decode(found["means"]), np.float32).reshape(len(gaps), -1)
        return KeptSpace(model, b64decode(found["space"]), gaps, means, tuple(found.get("sizes", ())))
    return None
