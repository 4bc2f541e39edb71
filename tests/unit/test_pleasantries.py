"""What only greets or thanks, and what does more than that."""

import pytest

from botlens.events.question import normal_form
from botlens.metrics.pleasantries import only_greets_or_thanks

PLEASANTRIES = """
Hi! | Hello there | THANK YOU!!! 🙏 | Great, thanks a lot | Perfect, that helped | ok bye
Super, vielen Dank | Guten Tag, ich habe eine Frage | Danke! | Perfekt, das hilft mir
Merci beaucoup | Bonjour, j'ai une question | ¡Muchas gracias! | Hola, buenas tardes | Grazie mille
こんにちは | 谢谢 | спасибо
"""

QUESTIONS = """
Hi, where is my parcel? | Is the hello kitty mug in stock | Thanks, but that is wrong | ok | super | a lot
Morning or afternoon? | Danke, aber wo ist es? | Wie sagt man danke auf Englisch | ?!
can I get a thank you card | highlights
"""


def each(block: str) -> list[str]:
    return [text.strip() for line in block.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", each(PLEASANTRIES))
def test_pleasantries(text: str) -> None:
    """Greetings, thanks and goodbyes, alone or together, in whatever punctuation."""
    assert only_greets_or_thanks(normal_form(text))


@pytest.mark.parametrize("text", each(QUESTIONS))
def test_questions(text: str) -> None:
    """Whatever says anything else stays in the lists, and so does what neither greets nor thanks."""
    assert not only_greets_or_thanks(normal_form(text))


def test_a_long_text_is_no_work() -> None:
    """Phrases that can be read in two ways, very often: still an answer, at once."""
    assert not only_greets_or_thanks("danke schön " * 10_000 + "wo")
