"""What expressions name decides what is read."""

import pytest

from botlens.metrics.expressions import ABANDONED, COMPUTED, LOCAL_DAY, columns_of
from botlens.store.schema import CONVERSATION_FACTS


@pytest.mark.parametrize(
    ("expressions", "columns"),
    [
        (["sum(messages)", "countIf(unanswered > 0)"], ("messages", "unanswered")),
        ([ABANDONED], ("agent_messages", "handoffs", "last_signal", "left")),
        ([LOCAL_DAY], ("started_at",)),
        (["uniqExact(session)", "{session_ids:Array(String)}"], ("session",)),
        (["countIf(is_first)", "count()"], ("day",)),  # a row has at least one column
    ],
)
def test_the_columns_that_expressions_name(expressions, columns):
    """Whole words alone, each once, in an order that is always the same."""
    assert columns_of(*expressions) == columns


def test_what_the_store_computes():
    """Each of it is a column, none of which is inserted."""
    assert set(CONVERSATION_FACTS.computed) == set(COMPUTED)
    assert not set(COMPUTED) & {column.name for column in CONVERSATION_FACTS.columns}
