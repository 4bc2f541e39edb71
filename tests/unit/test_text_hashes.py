"""Hashes of many texts at once are those of each by itself."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from botlens.sources.postgres.text_hashes import hash_of, hashes_of

TEXTS = st.lists(st.none() | st.text(max_size=40).filter(lambda text: text.isprintable()), max_size=60)
UUIDS = st.lists(st.uuids().map(str), min_size=1, max_size=60)
NUMBERS = st.lists(st.integers(0, 10**12).map(str), min_size=40, max_size=80)


@given(TEXTS | UUIDS | NUMBERS, st.integers(0, 5))
def test_many_are_each(texts: list[str | None], first: int) -> None:
    """Of whatever lengths they are, also where a column begins in the middle of another; a null is empty."""
    column = pa.array(texts, pa.string()).slice(first)
    assert hashes_of(column).tolist() == [hash_of(text or "") for text in texts[first:]]


@given(st.lists(st.text(max_size=20).filter(lambda text: text.isprintable()), unique=True, max_size=100))
def test_others_have_others(texts: list[str]) -> None:
    """Two of some texts that have the same would be a wonder."""
    assert len(set(hashes_of(pa.array(texts, pa.string())).tolist())) == len(texts)


@pytest.mark.parametrize(
    "texts",
    [["a", "a\0", "a\0\0\0\0\0\0\0", "a\0\0\0\0\0\0\0\0"], ["ab", "ba"], ["x" * 8, "x" * 16, "x" * 24]],
)
def test_what_is_nearly_the_same(texts: list[str]) -> None:
    """What fills a text up to whole words is none of it, and each word counts in its place."""
    assert len(set(hashes_of(pa.array(texts, pa.string())).tolist())) == len(texts)


def test_a_column_of_nothing() -> None:
    """No rows, and rows that say nothing."""
    assert hashes_of(pa.array([], pa.string())).tolist() == []
    assert hashes_of(pa.array(["", None], pa.string())).tolist() == [hash_of("")] * 2
    assert hashes_of(pa.nulls(20, pa.string())).tolist() == [hash_of("")] * 20
