"""Thresholds that were asked for before a commit: whether they hold still, and which of two count."""

from botlens.commit.thresholds import ThresholdBook, Thresholds


def test_what_was_asked_for_holds_until_a_change() -> None:
    """Of the company that changed alone; then it is asked for again, once."""
    accounts = {"a": {"bot": 0.3}, "b": {"bot": 0.4}}
    asked: list[str] = []

    def ask(company_id: str) -> dict[str, float]:
        asked.append(company_id)
        return dict(accounts[company_id])

    book = ThresholdBook(ask)
    before = {company: book.of(company) for company in "ab"}
    assert book.current(before, "ab") == before
    accounts["a"]["bot"] = 0.5
    book.changed("a")
    now = book.current(before, "ab")
    assert (now["a"].of("bot"), now["b"].of("bot"), now["b"].of("none")) == (0.5, 0.4, 0.2)
    assert asked == ["a", "b", "a"]
    assert book.current({}, "a")["a"] is now["a"]


def test_of_two_requests_the_later_one_wins_and_both_must_hold() -> None:
    """A chatbot that was made between the two is known; if one was asked before a change, so are both."""
    first, second = Thresholds(1, {"a": 0.3, "b": 0.3}), Thresholds(2, {"b": 0.5, "c": 0.4})
    both = first.joined(second)
    assert {name: both.of(name) for name in "abc"} == {"a": 0.3, "b": 0.5, "c": 0.4}
    assert both.edition == 1
