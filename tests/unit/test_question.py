"""The normal form of a question, and how lists show it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from botlens.events.characters import FORMAT, SENTENCE_MARKS
from botlens.events.question import asked_again, display_text, normal_form

ANY_TEXT = st.text(max_size=20)
# Beyond U+024F, case folding can leave marks in an order that NFKC would change once more ("İ" then a mark).
LATIN = st.text(st.characters(max_codepoint=0x24F), max_size=20)
BLANKS = st.text(" \t\n\r\u00a0\u2003\u3000", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("What are your opening hours?", "what are your opening hours"),
        ("WHAT are your opening hours", "what are your opening hours"),
        ("  what\tare \n your   opening hours ", "what are your opening hours"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("STRAẞE", "strasse"),
        ("ﬁne", "fine"),  # one ligature
        ("①", "1"),
        ("Ｈｅｌｌｏ？", "hello"),  # full width, question mark too
        ("cafe\u0301", "caf\u00e9"),
        ("Å", "å"),  # the angstrom sign
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("σίσυφος", "σίσυφοσ"),  # a final sigma is a sigma
        ("a\u00a0\u3000b", "a b"),
        ("why…", "why"),
        ("why...", "why"),
        ("why ? ! . , ; : …", "why"),
        ("why\u037e", "why"),  # the Greek question mark
        ("e.g. why, though", "e.g. why, though"),
        ("?why", "?why"),
        ("¿por qué?", "¿por qué"),
        ("why? 🙂", "why? 🙂"),
        ("i\u0307", "i\u0307"),
        ("İ", "i\u0307"),
        ("(why?)", "(why?)"),
        ("w\u200bh\u00ady\ufeff", "why"),  # zero width, soft hyphen, byte order mark
        ("\u202ewhy\u202c \u200e?", "why"),  # directions
        ("می\u200cخواهم", "میخواهم"),  # with and without the joiner that keyboards leave out
        ("e\u200d\u0301", "\u00e9"),
        ("line\none\u200b", "line one"),
        ("在哪里？", "在哪里"),
        ("在哪里？！。", "在哪里"),
        ("どこですか。", "どこですか"),
        ("متى؟", "متى"),
        ("کب۔", "کب"),
        ("कब है।", "कब है"),
        ("कब है ॥", "कब है"),
        ("ինչո՞ւ։", "ինչո՞ւ"),
        ("ဘယ်မှာလဲ။", "ဘယ်မှာလဲ"),
        ("why‽", "why"),
        ("why⁈", "why"),
    ],
)
def test_what_does_not_change_a_question_is_folded(text, normal):
    """NFKC, case, white space and the named trailing marks are folded; everything else stays."""
    assert normal_form(text) == normal


@pytest.mark.parametrize(
    "text", ["", " ", "?!", "…", " . ! ? , ; : ", "\t\n", "\u3000", "？", "。", "\u200b", "؟ \u200f!"]
)
def test_a_text_of_nothing_but_marks_has_no_normal_form(text):
    """Such a question is left out of every list, which is told by an empty form."""
    assert normal_form(text) == ""


@pytest.mark.parametrize("mark", ["-", "'", '"', ")", "¿", "」", "*", "_", "&", "/"])
def test_other_trailing_marks_belong_to_the_question(mark):
    """Only what ends a sentence or a part of one is cut, and blanks."""
    assert normal_form(f"why{mark}") == f"why{mark}"


@given(LATIN)
@example("a? b?")
@example("İstanbul ŉ ǰ")
def test_the_normal_form_is_its_own_normal_form(text):
    """Folding a folded text changes nothing, so that forms can be compared wherever they come from."""
    assert normal_form(normal_form(text)) == normal_form(text)


@given(ANY_TEXT)
@example("\u1e9b\u0323")
@example("α\u0345\u0301")
def test_the_same_characters_in_another_encoding_are_the_same_question(text):
    """Keyboards send composed or decomposed characters: both are one question."""
    composed, decomposed = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert normal_form(composed) == normal_form(decomposed) == normal_form(text)


@given(st.lists(st.sampled_from(["Why", "not", "ﬁx", "Straße?"]), min_size=1, max_size=4), st.data())
def test_white_space_and_trailing_marks_never_tell_questions_apart(words, data):
    """Any amount of any white space between words, around them and among trailing marks is the same."""
    loose = data.draw(BLANKS)
    for word in words:
        loose += word + data.draw(BLANKS)
    loose += data.draw(st.text(".!?…,;: ", max_size=4))
    assert normal_form(loose) == normal_form(" ".join(words))


@given(st.text(st.characters(max_codepoint=127), max_size=20))
def test_the_short_cut_for_ascii_gives_what_the_long_way_gives(text):
    """ASCII skips the normalisation; it must not skip anything that matters."""
    long_way = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    while long_way and long_way[-1] in ".!?,;: ":
        long_way = long_way[:-1]
    assert normal_form(text) == long_way


@pytest.mark.parametrize(
    ("text", "as_shown"),
    [
        ("  What\n\n are\tyour hours? ", "What are your hours?"),
        ("Straße… ", "Straße…"),
        ("ﬁne", "ﬁne"),
        ("", ""),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 100),
        ("😀" * 101, "😀" * 100),
        (" " * 50 + "x" * 99 + "y" + "z", "x" * 99 + "y"),
    ],
)
def test_a_question_is_shown_as_it_was_typed_but_short(text, as_shown):
    """Case, marks and ligatures stay; white space is collapsed before the 100 characters are counted."""
    assert display_text(text) == as_shown


@pytest.mark.parametrize(
    ("forms", "again"),
    [
        ([], []),
        (["how do i reset my password"], [0]),
        (["how do i reset my password", "how can i reset my password"], [0, 1]),
        (["opening hours", "prices", "opening hours"], [0, 0, 1]),
        (["a b c", "a b c d e"], [0, 1]),  # 3 of 5 words are 60 %
        (["a b c", "a b d e"], [0, 0]),  # 2 of 5 are not
        (["b-a", "a b b"], [0, 1]),
        (["%", "%"], [0, 0]),
        (["", ""], [0, 0]),
        (["über", "über"], [0, 1]),
    ],
)
def test_near_identical_questions(forms, again):
    """At least 60 % of all words of both are in both, in any order; what has no words is like nothing."""
    assert asked_again(forms) == again


def test_format_characters_are_those_of_unicode():
    """The list is complete for the Python that runs; it may know more than an older one."""
    known = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"}
    assert known <= set(FORMAT)
    assert all(unicodedata.category(character) in ("Cf", "Cn") for character in FORMAT)


def test_sentence_marks_are_marks():
    """No letter, digit or symbol of any script is among them."""
    categories = {unicodedata.category(character) for character in SENTENCE_MARKS}
    assert categories <= {"Po", "Nl", "Mc", "Cn"}
