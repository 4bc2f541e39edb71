"""Codes of languages are written in one way, whoever sends them."""

import pytest

from botlens.events.language import canonical
from botlens.events.record import record_of
from tests.unit.test_decode import GOOD, as_json


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("EN", "en"),
        ("en_us", "en-US"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("SR_LATN", "sr-Latn"),
        ("de-ch-1996", "de-CH-1996"),
        ("sl-Rozaj-biske", "sl-rozaj-biske"),
        ("de-U-CO-phonebk", "de-u-co-phonebk"),  # behind a single letter all is small
        ("en-X-US", "en-x-us"),
        ("UND", "und"),
        ("", ""),
    ],
)
def test_codes_in_their_canonical_case(sent: str, kept: str) -> None:
    """The case of RFC 5646, with hyphens."""
    assert canonical(sent) == kept
    assert canonical(kept) == kept


@pytest.mark.parametrize(
    "sent", ["English", "Deutsch (DE)", "en-US.UTF-8", "en--us", "en-", "日本語", "E", "x" * 128]
)
def test_what_is_no_code_stays(sent: str) -> None:
    """Nobody can say what it means, so nothing is made of it."""
    assert canonical(sent) == sent


@pytest.mark.parametrize("kind", ["message", "conversation"])
def test_events_carry_the_canonical_code(kind: str) -> None:
    """Where an event comes in."""
    (event,) = as_json([{**GOOD[kind], "language": "pt_br"}]).events
    assert record_of(event).language == "pt-BR"
