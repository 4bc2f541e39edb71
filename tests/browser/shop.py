"""What the pages show: the conversations of a furniture shop's bot, few enough to be counted by hand.

Now is Wednesday, 18 March 2026, 12:00 UTC, so the last 30 days begin on
17 February, the 30 before on 18 January.
"""

from typing import Any

from tests.events import answer, handoff, message, outcome, rating, vote

SCRIPT = '<script>document.title="owned"</script><img src=x onerror="document.title=1">'
OVERRIDE = "Is \u202egnirongi siht\u202c allowed?\u200b"
LONG = "Donaudampfschifffahrtsgesellschaft" * 147  # 4,998 signs without a blank
EMOJI = "👩‍👩‍👧‍👦🛋️ 😀?"
CJK = "你们出租沙发吗" * 12
ARABIC = "هل تؤجرون الأرائك؟"
HOSTILE = (SCRIPT, OVERRIDE, LONG, EMOJI, CJK, ARABIC)


def talk(
    id: str,  # noqa: A002 - what the field is called
    at: str,
    *turns: tuple[str, float | None],
    bot: str = "bot",
    session: str | None = None,
    stars: int | None = None,
    thumb: str | None = None,
    passed_on: bool = False,
    led_to: str | None = None,
    language: str | None = "en",
    channel: str | None = "web",
) -> list[dict[str, Any]]:
    """A conversation that begins at `at`, "03-17 23:30": questions, each with how sure its answer was."""
    of, made = {"chatbot_id": bot}, []
    day, clock = at.split()
    hour, minute = map(int, clock.split(":"))

    def after(turn: int, second: int = 0) -> str:
        return f"2026-{day}T{hour:02}:{minute + turn:02}:{second:02}Z"

    for turn, (question, score) in enumerate(turns):
        about = {"session_id": session, "language": language, "channel": channel}
        known = {name: value for name, value in about.items() if value is not None}
        made.append(message(id, f"{turn}q", question, after(turn), **of, **known))
        made.append(answer(id, f"{turn}a", score, after(turn, 2 + turn), **of, latency_ms=1_000 + 500 * turn))
    end = after(len(turns), 30)
    if thumb is not None:
        made.append(vote(id, "0a", thumb, end, **of))
    if passed_on:
        made.append(handoff(id, end, **of))
    if led_to is not None:
        made.append(outcome(id, led_to, end, **of))
    if stars is not None:
        made.append(rating(id, stars, end, **of))
    return made


SOFA = "Do you rent out sofas?"
PARCEL = "Where is my parcel?"

CONVERSATIONS = (
    # The 30 days: fourteen.
    talk("c01", "03-18 10:00", (SOFA, 0.05), session="s1", stars=2, thumb="negative"),
    talk("c02", "03-18 09:00", (SOFA, 0.1), (PARCEL, 0.9), session="s2", passed_on=True),
    talk("c03", "03-17 23:30", ("Verleiht ihr Sofas?", 0.1), language="de", session="s3", stars=1),
    talk("c04", "03-17 10:00", (PARCEL, 0.95), session="s4", stars=5, thumb="positive"),
    talk("c05", "03-16 10:00", (PARCEL, 0.9), ("Thanks", 0.9), session="s1", stars=5, led_to="order"),
    talk("c06", "03-13 14:00", (PARCEL, 0.8), session="s5", channel="app", stars=4, led_to="order"),
    talk("c07", "03-12 10:00", (SOFA, 0.1), ("A human, please", 0.3), session="s6", passed_on=True),
    talk("c08", "03-10 10:00", ("Hast du Betten?", 0.9), language="de", session="s2", led_to="lead"),
    talk("c09", "03-09 08:00", ("Opening hours?", 0.9), channel=None, language=None, stars=5),
    talk("c10", "03-03 10:00", ("Opening hours?", 0.9), session="s3", channel="app", thumb="positive"),
    talk("c11", "03-02 10:00", (PARCEL, 0.9), (PARCEL, 0.9), ("Thanks", 0.9), session="s7", stars=4),
    talk("c12", "02-24 10:00", (SOFA, 0.15), session="s1", stars=3),
    talk("c13", "02-20 16:00", (PARCEL, 0.9), session="s8", language="fr"),
    talk("c14", "02-17 00:10", ("Opening hours?", 0.9), session="s2", led_to="order"),
    # The 30 days before: four.
    talk("b01", "02-10 10:00", (PARCEL, 0.9), session="s9", stars=5),
    talk("b02", "02-05 10:00", (SOFA, 0.1), session="s1", stars=2),
    talk("b03", "01-30 10:00", (PARCEL, 0.9), session="s5"),
    talk("b04", "01-20 10:00", (PARCEL, 0.9), session="s2", stars=4, led_to="order"),
    # Before both, so that there is something in all of each.
    talk("a01", "01-05 10:00", (PARCEL, 0.9)),
    # A bot that never says how sure it is, and was never rated.
    talk("m01", "03-15 10:00", ("Hello", None), bot="mute", session="m1"),
    talk("m02", "03-14 10:00", ("Hello", None), bot="mute", session="m2"),
)

EVENTS = [event for conversation in CONVERSATIONS for event in conversation]

# Each hostile text asked once and not answered, on its own bot.
HOSTILE_EVENTS = [
    event
    for number, text in enumerate(HOSTILE)
    for event in talk(f"h{number}", f"03-17 1{number}:00", (text, 0.1), bot="hostile", session=f"h{number}")
]
