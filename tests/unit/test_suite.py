"""What holds for the whole suite."""

from hypothesis import settings

from tests.properties.examples import examples


def test_no_property_is_judged_by_its_time() -> None:
    """On a busy machine an example may take any time; a property fails by what it finds alone."""
    assert settings().deadline is None
    assert examples(10).deadline is None
