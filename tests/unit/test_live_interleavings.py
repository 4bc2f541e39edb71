"""Whatever happens while numbers are loaded: those that are read are those of all that has happened."""

from contextlib import ExitStack
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from botlens.live.registry import Registry
from botlens.metrics.differences import Difference
from botlens.metrics.facts import Facts
from tests.unit.test_live_numbers import MINE, OTHER, facts


class Sums(dict[str, int]):
    """Messages by conversation."""

    def replace(self, changes: Any, /) -> None:
        for each in changes:
            old, new = (each.old, each.new) if isinstance(each, Difference) else each
            assert self.get(new.conversation_id) == (old and old.messages), "a change is lost, or comes twice"
            self[new.conversation_id] = new.messages


class Story:
    """A registry, the facts that the store has, and what goes on at the moment."""

    def __init__(self) -> None:
        self.live = Registry[Sums]()
        self.facts: dict[tuple[str, str], dict[str, Facts]] = {MINE: {}, OTHER: {}}
        self.loading: dict[tuple[str, str], Sums] = {}
        self.going_on: dict[tuple[str, str], ExitStack] = {}
        self.all_suspended = False
        self.missing: list[tuple[str, str]] = []

    def ask(self, *_: Any) -> None:
        """Somebody finds what is missing, and will read it."""
        self.missing = list(self.loading) or self.live.missing([MINE, OTHER])

    def commit(self, key: tuple[str, str], name: str, messages: int) -> None:
        old, new = self.facts[key].get(name), facts(name, messages=messages)
        self.facts[key][name] = new
        self.live.replace(key, [(old, new)])

    def commit_much(self, key: tuple[str, str], name: str, messages: int) -> None:
        """Too much to be counted while others wait."""
        old, new = self.facts[key].get(name), facts(name, messages=messages)
        self.facts[key][name] = new
        self.live.replace(key, [Difference(old, new, None)])

    def read_store(self, *_: Any) -> None:
        """A load begins, or begins anew since it was overtaken: there is one at a time."""
        missing = list(self.loading) or self.missing or self.live.missing([MINE, OTHER])
        self.live.start_load(missing)
        self.loading = {
            key: Sums({name: each.messages for name, each in self.facts[key].items()}) for key in missing
        }

    def adopt(self, *_: Any) -> None:
        self.live.complete_load(self.loading)
        self.loading, self.missing = {}, []

    def fail(self, *_: Any) -> None:
        self.live.abort_load(self.loading)
        self.loading, self.missing = {}, []

    def recount(self, key: tuple[str, str], name: str, messages: int) -> None:
        """It begins; or it ends, with facts that no commit has told of."""
        if key not in self.going_on:
            self.going_on[key] = ExitStack()
            self.going_on[key].enter_context(self.live.suspended(key))
            return
        self.facts[key][name] = facts(name, messages=messages)
        self.going_on.pop(key).close()

    def define_anew(self, key: tuple[str, str], name: str, messages: int) -> None:
        """All facts are by another definition, from its beginning to its end."""
        if not self.all_suspended:
            self.live.suspend_all()
        else:
            self.facts[key][name] = facts(name, messages=messages)
            self.live.resume_all()
        self.all_suspended = not self.all_suspended

    def invalidate(self, key: tuple[str, str], *_: Any) -> None:
        self.live.invalidate([key])

    def leave(self, key: tuple[str, str], name: str, messages: int) -> None:
        """Another process has the company, and gives it back with other facts."""
        self.live.drop(lambda company: company == key[0])
        self.facts[key][name] = facts(name, messages=messages)


STEPS = ("ask", "commit", "commit", "commit_much", "read_store", "read_store", "adopt", "adopt", "fail")
STEPS += ("recount", "recount", "define_anew", "invalidate", "leave")


def steps(*names: str) -> list[tuple[str, tuple[str, str], str, int]]:
    """Of one conversation, each with another number."""
    return [(name, MINE, "a", number) for number, name in enumerate(names, 1)]


@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.sampled_from([MINE, OTHER]), st.just("a"), st.integers(1, 9)),
        min_size=10,
        max_size=60,
    )
)
@example(steps("read_store", "recount", "recount", "adopt"))
@example(steps("read_store", "adopt", "recount", "recount"))
@example(steps("ask", "recount", "read_store", "recount", "adopt"))
@example(steps("read_store", "define_anew", "define_anew", "adopt"))
@example(steps("read_store", "commit_much", "adopt"))
@example(steps("read_store", "commit", "read_store", "adopt"))
@example(steps("read_store", "leave", "adopt"))
def test_numbers_are_of_all_that_has_happened(happens: list[tuple[str, tuple[str, str], str, int]]) -> None:
    """Commits, recounts, loads that begin anew or fail, in any order: nobody reads anything of before."""
    story = Story()
    for step, *details in happens:
        getattr(story, step)(*details)
        for key in (MINE, OTHER):
            wanted = {name: each.messages for name, each in story.facts[key].items()}
            assert story.live.read([key], lambda found: dict(found[0])) in (None, wanted)
