"""Shapes of what runs in the background."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class Deleted(TypedDict):
    """It is unknown from now on; the job takes what was kept of it off the disk. `done`: it has."""

    job: str
    done: bool


class JobShape(TypedDict):
    """A job, as the process that answers knows it.

    `once` is where it runs at one time: once in each process, in one of all processes of the store, or in one
    node of all that there are in a cluster.
    `done` and `of` count its parts; `failures` are those in a row; `error` is why the last run failed.
    `said` is how it goes, of one that goes on and on.
    `recount` is one of the caller's own chatbots, `chatbot_id`, and listed while it runs.
    """

    name: str
    what: str
    once: Literal["process", "store", "cluster"]
    every_seconds: float | None
    running: bool
    done: int
    of: int | None
    succeeded_at: str | None
    failures: int
    error: str | None
    said: str | None
    chatbot_id: NotRequired[str]


class JobList(TypedDict):
    """All jobs."""

    jobs: list[JobShape]
