"""Questions that differ by a name alone are one gap; those that differ by what they ask are not."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from benchmarks.gaps_sets import clinc
from benchmarks.skipping import SkippedError

from botlens.events.question import normal_form
from botlens.gaps.grouping.grouped import group_questions
from botlens.gaps.grouping.space import background_questions, space_of
from botlens.gaps.grouping.templates import NO_TEMPLATE, templates_of
from botlens.gaps.meaning import Model, Vectors

FIRST = """
Anna Peter Maria Ahmed Yusuf Olga Ivan Chen Wei Fatima Lars Ingrid Carlos Lucia Giulia Marco Hans Greta Pierre
Amelie Kenji Yuki Priya Raj Aisha Kwame John Susan Emily Jack Olivia Noah Sofia Mehmet Ayse Piotr Kasia Nils
Zoe Liam
"""
LAST = """
Miller Schmidt Rossi Garcia Nguyen Kowalski Tanaka Singh Okafor Dubois Jansen Yilmaz Ivanova Hansen Novak
Papadopoulos O'Brien Fernandez Weber Larsson
"""
PEOPLE = [" ".join(each) for each in product(FIRST.split(), LAST.split())]
CITIES = """
Berlin Hamburg Munich Cologne Leipzig Dresden Paris Lyon Marseille Lille Rome Milan Naples Turin Madrid
Seville Valencia Lisbon Porto London Leeds Glasgow Dublin Oslo Bergen Malmo Aarhus Helsinki Warsaw Prague
"""
DONE = """
reset password, exchange boots, redeem voucher, track shipment, assemble wardrobe, clean oven, knit socks,
book appointment, upgrade plan, export invoices, renew passport, install driver, register warranty,
update firmware, donate blood, pair headphones, bleed radiators, file taxes, prune roses, descale kettle,
adopt puppy, appeal fine, bake sourdough, tune guitar, unsubscribe newsletter
"""

Grouped = Callable[[list[str]], list[set[str]]]


@pytest.fixture
def groups(model: Model, background: Vectors) -> Grouped:
    """Groups of texts as sets, largest first."""

    def grouped(texts: list[str]) -> list[set[str]]:
        ordered = sorted({normal_form(each) for each in texts})
        labels = group_questions(ordered, model.embed(ordered), background, model.cut).labels
        found = [{ordered[at] for at in np.flatnonzero(labels == each)} for each in range(labels.max() + 1)]
        return sorted(found, key=lambda each: (-len(each), min(each)))

    return grouped


def forms(template: str, names: list[str]) -> set[str]:
    return {normal_form(template.format(each)) for each in names}


@pytest.mark.parametrize(
    ("template", "names"),
    [
        ("what is the phone number of {}", PEOPLE),
        ("Wie lautet die Telefonnummer von {}?", PEOPLE[::4]),
        ("{} bei der Arbeit anrufen, bitte", PEOPLE[::4]),
        ("wo wohnt {}", PEOPLE[::4]),
        ("do you deliver to {}", CITIES.split()),
    ],
)
def test_nothing_but_a_question_that_differs_by_a_name(
    groups: Grouped, template: str, names: list[str]
) -> None:
    """However long or short it is, and wherever the name stands."""
    asked = forms(template, names)
    assert groups([*asked]) == [asked]


def test_two_questions_for_the_same_names(groups: Grouped) -> None:
    """Each is a gap of its own, although a longer look at the words would make one of them."""
    phone = forms("what is the phone number of {}", PEOPLE[::4])
    lives, works = (forms(f"where does {{}} {each}", PEOPLE[::4]) for each in ("live", "work"))
    assert groups([*phone, *lives, *works]) == sorted((phone, lives, works), key=min)


def test_another_wording_joins_the_gap(groups: Grouped) -> None:
    """One that is of no template, for it is the only one that is put so; others stay where they are."""
    phone = forms("what is the phone number of {}", PEOPLE[::4])
    strangers = {"how do i get a refund", "can i get a refund for my order"}
    found = groups([*phone, *strangers, "can you tell me the phone number of anna miller please"])
    assert found == [phone | {"can you tell me the phone number of anna miller please"}, strangers]


def test_what_is_asked_for_is_no_name(groups: Grouped) -> None:
    """No word of it is asked for twice, and all begin alike: these are as many questions as before."""
    assert max(len(each) for each in groups([f"how do i {each}" for each in DONE.split(",")])) <= 2


def test_a_few_are_no_template(groups: Grouped, model: Model, background: Vectors) -> None:
    """Nineteen names might be nineteen things."""
    plain = space_of(np.empty((0, background.shape[1]), np.float32), np.empty(0), background)
    for count, expected in ((19, 0), (20, 20)):
        texts = sorted(forms("do you deliver to {}", CITIES.split()[:count]))
        found = templates_of(texts, plain.project(model.embed(texts)), frozenset(), model.cut)
        assert int((found != NO_TEMPLATE).sum()) == expected


def test_questions_of_many_kinds_have_none(model: Model, background: Vectors) -> None:
    """CLINC150's `val`, on which all was chosen: whatever is chosen for names changes nothing there."""
    try:
        texts = clinc("val").texts
    except SkippedError as skipped:
        pytest.skip(str(skipped))
    common = {word for each in background_questions() for word in normal_form(each).split()}
    plain = space_of(np.empty((0, background.shape[1]), np.float32), np.empty(0), background)
    found = templates_of(texts, plain.project(model.embed(texts)), common, model.cut)
    assert (found == NO_TEMPLATE).all()
