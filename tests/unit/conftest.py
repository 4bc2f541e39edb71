"""What several of the tests of grouping need, and takes a while to load."""

import pytest

from botlens.gaps.grouping.space import embed_background
from botlens.gaps.meaning import Model, Vectors, model_of


@pytest.fixture(scope="session")
def model() -> Model:
    """Of the plain install."""
    found = model_of().model
    assert found is not None
    return found


@pytest.fixture(scope="session")
def background(model: Model) -> Vectors:
    """Embedded once."""
    return embed_background(model)
