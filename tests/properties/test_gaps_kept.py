"""What is remembered of gaps is what would be read: after whatever happens, in whatever order."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Tenant
from tests.contract.gap_story import GIFT, PARCEL, ask, change, gaps, relink
from tests.contract.gaps_anew import same_as_anew
from tests.events import answer, deletion, message, vote

WORDINGS = (*GIFT, *PARCEL)
ASKED: tuple[dict[str, str], ...] = (
    {"state": "open,fixed,verified,reopened,dismissed"},
    {"chatbot_id": "bot", "period": "all"},
)
EVERY = {"state": "open,fixed,verified,reopened,dismissed", "period": "all"}

pick = st.integers(0, 50)
happenings = st.one_of(
    st.tuples(
        st.just("ask"),
        st.integers(2, 18),
        st.sets(st.sampled_from(WORDINGS), min_size=1),
        st.booleans(),
        st.sampled_from(("bot", "bot", "shop")),
    ),
    st.tuples(st.just("link")),
    st.tuples(st.sampled_from(("vote", "handoff", "retract")), pick),
    st.tuples(st.just("more"), pick, st.sampled_from(WORDINGS), st.booleans()),
    st.tuples(st.just("chat"), st.integers(2, 18)),
    st.tuples(st.just("delete"), pick),
    st.tuples(st.just("threshold"), st.sampled_from((0.05, 0.5, 0.95))),
    st.tuples(st.just("fix"), pick, st.integers(2, 18)),
    st.tuples(st.sampled_from(("open", "dismiss", "name", "split")), pick),
    st.tuples(st.just("merge"), pick, pick),
)


class Story:
    """What happens to a company, one thing after the other."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.asked: list[tuple[str, str]] = []
        self.done = 0

    def happens(self, what: str, *given: Any) -> None:
        self.done += 1
        getattr(self, what)(*given)

    def ask(self, day: int, texts: set[str], fails: bool, chatbot: str) -> None:
        at, wordings = f"2026-03-{day:02}", tuple(sorted(texts))
        ask(self.tenant, at, wordings, fails=fails, chatbot=chatbot)
        self.asked += [(chatbot, f"{at}-{text[:12]}-{number}") for number, text in enumerate(wordings)]

    def link(self) -> None:
        relink(self.tenant)

    def vote(self, at: int) -> None:
        if self.asked:
            chatbot, conversation = self.asked[at % len(self.asked)]
            self.tenant.send(vote(conversation, "2", "negative", chatbot_id=chatbot))

    def handoff(self, at: int) -> None:
        if self.asked:
            chatbot, conversation = self.asked[at % len(self.asked)]
            said = {"type": "handoff", "created_at": "2026-03-18T10:00:00Z"}
            self.tenant.send({**said, "chatbot_id": chatbot, "conversation_id": conversation})

    def retract(self, at: int) -> None:
        if self.asked:
            chatbot, conversation = self.asked[at % len(self.asked)]
            self.tenant.send(deletion(conversation, "message", "1", chatbot_id=chatbot))

    def more(self, at: int, text: str, fails: bool) -> None:
        if self.asked:
            chatbot, conversation = self.asked[at % len(self.asked)]
            name, when = f"{self.done}", "2026-03-18T10:00:00Z"
            self.tenant.send(
                message(conversation, name, text, when, chatbot_id=chatbot),
                answer(conversation, f"{name}a", 0.1 if fails else 0.9, when, chatbot_id=chatbot),
            )

    def chat(self, day: int) -> None:
        ask(self.tenant, f"2026-03-{day:02}", (f"Something else {self.done}",), fails=False)
        self.asked.append(("bot", f"2026-03-{day:02}-Something el-0"))

    def delete(self, at: int) -> None:
        if self.asked:
            chatbot, conversation = self.asked.pop(at % len(self.asked))
            self.tenant.send(deletion(conversation, "conversation", chatbot_id=chatbot))

    def threshold(self, value: float) -> None:
        self.tenant.put("bot", confidence_threshold=value)

    def fix(self, at: int, day: int) -> None:
        self._say(at, state="fixed", at=f"2026-03-{day:02}T00:00:00Z")

    def open(self, at: int) -> None:
        self._say(at, state="open")

    def dismiss(self, at: int) -> None:
        self._say(at, state="dismissed", reason="No.")

    def name(self, at: int) -> None:
        self._say(at, title=f"Title {self.done}")

    def merge(self, at: int, other: int) -> None:
        found = self._of_bot()
        if len(found) > 1:
            one, two = found[at % len(found)], found[other % len(found)]
            if one != two:
                self._post(one, "merge", {"with": [two]})

    def split(self, at: int) -> None:
        if found := self._of_bot():
            gap = self.tenant.get(f"/v1/gaps/{found[at % len(found)]}", period="all")["gap"]
            if len(gap["examples"]) > 1:
                self._post(gap["id"], "split", {"questions": [gap["examples"][0]["question"]]})

    def _say(self, which: int, **said: Any) -> None:
        if found := gaps(self.tenant, **EVERY):
            answer = change(self.tenant, found[which % len(found)]["id"], **said)
            assert answer.status_code == 200, answer.text

    def _of_bot(self) -> list[str]:
        return [each["id"] for each in gaps(self.tenant, chatbot_id="bot", **EVERY)]

    def _post(self, gap_id: str, what: str, body: dict[str, Any]) -> None:
        tenant = self.tenant
        answer = tenant.world.client.post(f"/v1/gaps/{gap_id}/{what}", json=body, headers=tenant.headers)
        assert answer.status_code in (200, 422), answer.text  # it has one question, perhaps


def check(tenant: Tenant, story: list[Any]) -> None:
    told = Story(tenant)
    for each in [("ask", 5, set(WORDINGS), True, "bot"), ("link",), *story]:
        told.happens(*each)
        same_as_anew(tenant, ASKED[told.done % 2 :][:1], full=2)


some = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(some, max_examples=2)
@given(story=st.lists(happenings, min_size=3, max_size=5))
def test_what_is_remembered_is_what_would_be_read(
    new_tenant: Callable[..., Tenant], story: list[Any]
) -> None:
    """Whatever happens, each page and each gap is that of whoever reads it for the first time."""
    check(new_tenant(chatbots=("bot", "shop")), story)


@pytest.mark.slow
@settings(some, max_examples=8)
@given(story=st.lists(happenings, min_size=5, max_size=12))
def test_the_same_of_longer_stories(new_tenant: Callable[..., Tenant], story: list[Any]) -> None:
    """The same."""
    check(new_tenant(chatbots=("bot", "shop")), story)
