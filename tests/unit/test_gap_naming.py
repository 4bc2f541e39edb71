"""A gap is told by a question that was asked, in each language, and by phrases that others have not."""

import numpy as np
import pytest

from botlens.gaps.meaning.model import of_length_one
from botlens.gaps.naming import PhraseBook, Titles, language_of, titles_of

REFUND = ["how do i get a refund", "i want a full refund", "where is my refund", "is a full refund possible"]
OPENING = ["when do you open", "opening hours please", "what are your opening hours", "hours on sunday"]
BOTH = [REFUND, OPENING]


def english(texts: list[str]) -> list[str]:
    return ["en"] * len(texts)


def test_the_title_is_the_most_central_question() -> None:
    """Of all of them, and of each language that it is asked in; the first one of equals."""
    points = of_length_one(np.array([[1, 0.3], [1, 0], [1, -0.3], [1, 0.6], [1, -0.6]], np.float32))
    texts = ["refund?", "a refund", "my refund", "Geld zurück", "mein Geld"]
    assert titles_of(points, texts, ["en", "en", "en", "de", "de"]) == Titles(1, {"en": 1, "de": 3})


def test_a_pasted_document_is_no_title() -> None:
    """A question that nobody would read as a title is one only if there is no other."""
    points = of_length_one(np.array([[1, 0], [1, 0.1], [1, -0.1]], np.float32))
    texts = ["a" * 5_000, "where is it", "where is my order"]
    assert titles_of(points, texts, english(texts)).main == 1
    assert titles_of(points[:1], texts[:1], ["en"]).main == 0


def test_a_question_that_needs_the_one_before_it_is_no_title() -> None:
    """However central it is: what conversations begin with comes first, then what was no second try."""
    points = of_length_one(np.array([[1, 0], [1, 0.1], [1, -0.3]], np.float32))
    texts = ["No, I mean: a refund", "and a refund?", "can I get a refund"]
    assert titles_of(points, texts, english(texts)).main == 0
    assert titles_of(points, texts, english(texts), [2, 1, 0]).main == 2
    assert titles_of(points, texts, ["en", "en", "de"], [2, 1, 0]).by_language == {"en": 1, "de": 2}


def test_phrases_tell_a_group_from_others() -> None:
    """Words that the others have not; none in another, none of stop words, most telling first."""
    book = PhraseBook(BOTH)
    assert book.phrases(REFUND, english(REFUND)) == ["full refund"]
    assert book.phrases(OPENING, english(OPENING)) == ["opening hours"]


def test_what_is_said_before_another_try_is_no_phrase() -> None:
    """However often: a phrase is in a question that was more than another try, unless there are none."""
    texts = ["gift wrap", "not my question: gift wrap", "not my question: gift wrap please"]
    book = PhraseBook([texts, OPENING])
    assert book.phrases(texts, english(texts)) == ["gift wrap", "question"]
    assert book.phrases(texts, english(texts), [False, True, True]) == ["gift wrap"]
    assert book.phrases(texts, english(texts), [True] * 3) == book.phrases(texts, english(texts))


def test_a_word_that_all_groups_have_tells_little() -> None:
    """What every group says is behind what only this one says."""
    groups = [["my red shoe", "the red shoe"], ["my blue shoe", "the blue shoe"], ["green shoe"], ["a shoe"]]
    book = PhraseBook(groups)
    assert book.phrases(["my red one", "my red one, a shoe", "shoe"], ["en"] * 3) == ["red one", "shoe"]


def test_phrases_of_scripts_without_blanks() -> None:
    """Characters in a row are a phrase there."""
    texts = ["返品したい", "返品できますか"]
    assert "返品" in PhraseBook([texts]).phrases(texts, ["ja", "ja"])


def test_one_question_and_none_of_words() -> None:
    """A lone question has phrases, emoji have none."""
    assert PhraseBook([["where is my parcel"]]).phrases(["where is my parcel"], ["en"]) == ["parcel"]
    assert PhraseBook([["🎉🎉"]]).phrases(["🎉🎉"], ["und"]) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my order", "en"),
        ("wo ist meine bestellung", "de"),
        ("où est ma commande", "fr"),
        ("dónde está mi pedido", "es"),
        ("dove si trova il mio pacco", "it"),
        ("waar is mijn pakje", "nl"),
        ("siparişim nerede kaldı", "tr"),
        ("gdzie jest moja paczka", "pl"),
        ("где мой заказ", "ru"),
        ("أين هذا الطلب", "ar"),
        ("荷物はどこですか", "ja"),
        ("我的包裹在哪里", "zh"),
        ("상담원과 통화하고 싶어요", "ko"),
        ("iphone 15", "und"),
        ("🎉", "und"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    """Told by script, letters and small words; unclear where nothing tells."""
    assert language_of(text) == language
