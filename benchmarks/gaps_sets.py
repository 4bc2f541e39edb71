"""Questions whose meanings are known, to group: CLINC150, sets made of it, and sentences in five languages.

CLINC150 (Larson et al., 2019) does not come with botlens: `CLINC150` in the environment names its file.
"""

import csv
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.skipping import SkippedError
from botlens.events.question import normal_form

BESIDE = Path(__file__).parents[2] / "shared" / "data"
OUT_OF_SCOPE = "oos"

DOMAINS = {
    "banking": "transfer transactions balance freeze_account pay_bill bill_balance bill_due interest_rate"
    " routing min_payment order_checks pin_change report_fraud account_blocked spending_history",
    "credit cards": "credit_score report_lost_card credit_limit rewards_balance new_card application_status"
    " card_declined international_fees apr redeem_rewards credit_limit_change damaged_card"
    " replacement_card_duration improve_credit_score expiration_date",
    "work": "direct_deposit pto_request taxes payday w2 pto_balance pto_request_status next_holiday insurance"
    " insurance_change schedule_meeting pto_used meeting_schedule rollover_401k income",
    "small talk": "greeting goodbye tell_joke where_are_you_from how_old_are_you what_is_your_name"
    " who_made_you thank_you what_can_i_ask_you what_are_your_hobbies do_you_have_pets are_you_a_bot"
    " meaning_of_life who_do_you_work_for fun_fact",
    "travel": "book_flight book_hotel car_rental travel_suggestion travel_alert travel_notification carry_on"
    " timezone vaccines translate flight_status international_visa lost_luggage plug_type exchange_rate",
}


@dataclass(frozen=True)
class LabelledSet:
    """Distinct questions, sorted, as a link has them; `meanings` by question."""

    name: str
    texts: list[str]
    meanings: NDArray[np.str_]

    def part(self, name: str, places: Sequence[int] | NDArray[np.int64]) -> "LabelledSet":
        """Some of them, in their order."""
        ordered = sorted(int(each) for each in places)
        return LabelledSet(name, [self.texts[at] for at in ordered], self.meanings[ordered])

    def of_meanings(self, name: str, meanings: Sequence[str]) -> "LabelledSet":
        """Those that have one of these meanings."""
        return self.part(name, np.flatnonzero(np.isin(self.meanings, meanings)))


def labelled(name: str, rows: Sequence[tuple[str, str]]) -> LabelledSet:
    """A set of questions with their meanings, in any order; the first meaning of equal ones counts."""
    found: dict[str, str] = {}
    for text, meaning in rows:
        found.setdefault(normal_form(text), meaning)
    texts = sorted(found)
    return LabelledSet(name, texts, np.array([found[text] for text in texts]))


@cache
def clinc(*splits: str) -> LabelledSet:
    """Splits of CLINC150: `train`, `val`, `test`, `oos_val`, `oos_test`.

    Raises:
        SkippedError: its file is not there.
    """
    file = Path(os.environ.get("CLINC150") or BESIDE / "clinc150.json")
    if not file.is_file():
        raise SkippedError(f"CLINC150 is not there ({file}): name its JSON in the environment, CLINC150=FILE")
    found = json.loads(file.read_text(encoding="utf-8"))
    return labelled("+".join(splits), [(text, meaning) for each in splits for text, meaning in found[each]])


@cache
def volunteers() -> list[str]:
    """What people wrote to bots in ConvAI2: talk without meanings that are known.

    Raises:
        SkippedError: its file is not there.
    """
    file = Path(os.environ.get("CONVAI2") or BESIDE / "convai2_volunteers.json")
    if not file.is_file():
        raise SkippedError(f"ConvAI2 is not there ({file}): name its JSON in the environment, CONVAI2=FILE")
    dialogs = json.loads(file.read_text(encoding="utf-8"))
    said = (
        normal_form(each["text"])
        for dialog in dialogs
        for each in dialog["dialog"]
        if each["sender_class"] == "Human"
    )
    return sorted({text for text in said if text})


@cache
def twins() -> dict[str, list[str]]:
    """By language, the same sentences in the same order."""
    with (Path(__file__).parent / "twins.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {language: [normal_form(row[language]) for row in rows] for language in rows[0]}


def held_out() -> Iterator[LabelledSet]:
    """Sets that nothing was chosen on: single topics, 17 to 130 wordings a meaning, heavy imbalance."""
    train, chance = clinc("train"), np.random.default_rng(7)
    for name, meanings in DOMAINS.items():
        yield train.of_meanings(f"{name}, 100 wordings a meaning", meanings.split())
    both = [*DOMAINS["banking"].split(), *DOMAINS["credit cards"].split()]
    yield train.of_meanings("banking and credit cards, 100 wordings", both)
    yield clinc("train", "val", "test").of_meanings("banking and credit cards, 150 wordings", both)
    yield _thinned(train, "17 wordings of 150 meanings", lambda at: 17, chance)
    yield _thinned(
        train, "very unequal: 100, 50, 33, 25, … of 150", lambda at: max(1, 100 // (at + 1)), chance
    )
    yield _thinned(train, "one of 100, the others of 3", lambda at: 3 if at else 100, chance)


def _thinned(whole: LabelledSet, name: str, wordings, chance: np.random.Generator) -> LabelledSet:
    places: list[int] = []
    for at, meaning in enumerate(chance.permutation(np.unique(whole.meanings))):
        own = np.flatnonzero(whole.meanings == meaning)
        places.extend(chance.choice(own, min(wordings(at), len(own)), replace=False).tolist())
    return whole.part(name, places)
