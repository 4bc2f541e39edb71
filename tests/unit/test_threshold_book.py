"""Thresholds that were asked for: whether they hold still, and which of two count while one changes."""

from contextlib import ExitStack

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


def book_of(accounts: dict[str, float]) -> ThresholdBook:
    return ThresholdBook(lambda _: dict(accounts))


def test_the_old_one_is_heeded_until_facts_are_counted_by_the_new_one() -> None:
    """What was asked for before that moment is not current after it."""
    accounts = {"bot": 0.2, "other": 0.3}
    book = book_of(accounts)
    with book.changing("c", "bot"):
        accounts |= {"bot": 0.5, "other": 0.6}
        before = book.of("c")
        assert before.by_chatbot == {"bot": 0.2, "other": 0.6}
        assert (book.asked_for("c", "bot"), book.is_changing("c", "bot")) == (0.5, True)
        book.heed("c", "bot", 0.5)
        assert not book.is_current("c", before)
        assert book.of("c").by_chatbot == accounts
    assert (book.of("c").by_chatbot, book.is_changing("c", "bot")) == (accounts, False)


def test_of_two_changes_the_facts_heed_what_was_counted_last() -> None:
    """The first has counted by its own, and the second not yet; when both are over, the accounts count."""
    accounts = {"bot": 0.2}
    book = book_of(accounts)
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(book.changing("c", "bot"))
        accounts["bot"] = 0.5
        second.enter_context(book.changing("c", "bot"))
        accounts["bot"] = 0.7
        assert book.of("c").of("bot") == 0.2
        book.heed("c", "bot", 0.5)
        assert book.of("c").of("bot") == 0.5
        first.close()
        assert book.of("c").of("bot") == 0.5
    assert book.of("c").of("bot") == 0.7


def test_a_chatbot_that_is_gone_has_no_threshold() -> None:
    """Who has one tells which chatbots there are."""
    accounts = {"bot": 0.2}
    book = book_of(accounts)
    with book.changing("c", "bot"):
        accounts.clear()
        assert book.of("c").by_chatbot == {}


def test_a_company_that_is_elsewhere_is_asked_for_anew() -> None:
    """Another process may have changed and counted what it likes."""
    accounts = {"bot": 0.2}
    book = book_of(accounts)
    with book.changing("c", "bot"):
        before = book.of("c")
        accounts["bot"] = 0.5
        book.drop("c".__eq__)
        assert not book.is_current("c", before)
        assert book.of("c").of("bot") == 0.5
        book.heed("c", "bot", 0.5)
    assert book.of("c").of("bot") == 0.5
