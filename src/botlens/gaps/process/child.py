"""The process that embeds and links: asked over its standard input, it answers on its standard output.

It has the texts and vectors that it is sent and nothing else: no database, no network but for a model that is
an endpoint. It is of low priority, computes in one thread, may use so much memory, and ends with whoever
started it.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Condition, Thread
from typing import BinaryIO, Final

import msgspec
import numpy as np

from botlens.gaps.grouping.grouped import group_questions
from botlens.gaps.grouping.linking import TOPIC_CUT, join, means_of, topics, within_reach
from botlens.gaps.grouping.space import Space, embed_background
from botlens.gaps.meaning.choosing import model_of
from botlens.gaps.meaning.model import Model, ModelError, Vectors
from botlens.gaps.process.description import described
from botlens.gaps.process.frames import BUSY, Frame, as_frame, read_frame, vectors_in, write_frame
from botlens.gaps.process.link_options import LinkOptions

_PRIORITY: Final = 15
_BUSY_SECONDS: Final = 5.0
_PR_SET_PDEATHSIG: Final = 1


@dataclass
class Child:
    """Answers what it is asked, one thing after the other."""

    options: LinkOptions
    _model: Model | None = None
    _background: Vectors | None = None
    _vectors: Vectors | None = None
    _points: Vectors | None = None

    @property
    def model(self) -> Model:
        """The model that is used.

        Raises:
            ModelError: there is none.
        """
        if self._model is None:
            choice = model_of(self.options.model, self.options.url, self.options.key)
            if choice.model is None:
                raise ModelError(choice.missing or "")
            self._model = choice.model
        return self._model

    def load(self, _: Frame) -> Frame:
        """Have the model in memory."""
        self.model.load()
        return {}

    def embed(self, asked: Frame) -> Frame:
        """Vectors of `texts`."""
        return as_frame(self.model.embed(asked["texts"]))

    def take(self, asked: Frame) -> Frame:
        """Keep vectors for the link that comes: `of` so many in all, from the place `at` on."""
        part = vectors_in(asked["vectors"])
        if self._vectors is None or not asked["at"]:
            self._points = None
            self._vectors = np.empty((asked["of"], part.shape[1]), np.float32)
        self._vectors[asked["at"] : asked["at"] + len(part)] = part
        return {}

    def link(self, asked: Frame) -> Frame:
        """Link what was taken: the questions' normal forms, and as `whole` the sets that stay together."""
        found = group_questions(
            asked["questions"],
            self._taken(),
            self._embedded_background(),
            self.model.cut,
            asked["whole"],
        )
        self._points = found.points
        return {"labels": found.labels.astype(np.int32).tobytes(), "space": found.space.to_bytes()}

    def describe(self, asked: Frame) -> Frame:
        """Names, topics and means of the groups that `labels` make of what was linked."""
        points, labels = self._known_points(), np.frombuffer(asked["labels"], np.int32)
        found = described(
            points,
            labels,
            asked["texts"],
            asked["languages"],
            asked["counts"],
            asked["stances"],
            asked["gaps"],
            asked["beside"],
        )
        said = topics(points, labels, TOPIC_CUT * self.model.cut)
        for gap, topic in zip(found, said.tolist(), strict=False):  # those that are alone have topics, too
            gap["topic"] = topic
        return {"gaps": found, "means": as_frame(means_of(points, labels))}

    def place(self, asked: Frame) -> Frame:
        """Where vectors lie in a space; they are what is asked of next."""
        self._points = Space.from_bytes(asked["space"]).project(vectors_in(asked["vectors"]))
        return as_frame(self._points)

    def points(self, asked: Frame) -> Frame:
        """Where some of what was linked or placed lies, by `places`."""
        return as_frame(self._known_points()[np.frombuffer(asked["places"], np.int64)])

    def reach(self, asked: Frame) -> Frame:
        """The places of the `means` that may become one with what was placed."""
        found = within_reach(self._known_points(), vectors_in(asked["means"]), self.model.cut)
        return {"places": found.astype(np.int64).tobytes()}

    def join(self, asked: Frame) -> Frame:
        """What becomes one of groups that there are and of what was placed."""
        means = vectors_in(asked["means"])
        found = join(self._known_points(), means, asked["sizes"], asked["apart"], self.model.cut)
        return {"labels": found.tobytes()}

    def forget(self, _: Frame) -> Frame:
        """Keep nothing of what was linked or placed."""
        self._vectors = self._points = None
        return {}

    def centre(self, asked: Frame) -> Frame:
        """The mean of some vectors, in a space."""
        points = Space.from_bytes(asked["space"]).project(vectors_in(asked["vectors"]))
        return as_frame(points.mean(axis=0, keepdims=True))

    def similar(self, asked: Frame) -> Frame:
        """The similarity of each of the vectors to a centre, in a space."""
        points = Space.from_bytes(asked["space"]).project(vectors_in(asked["vectors"]))
        return {"near": (points @ vectors_in(asked["centre"])[0]).astype(np.float32).tobytes()}

    def about(self, _: Frame) -> Frame:
        """What the model is."""
        model = self.model
        return {"name": model.name, "version": model.version, "plain": model.plain, "cut": model.cut}

    def _taken(self) -> Vectors:
        vectors, self._vectors = self._vectors, None
        if vectors is None:
            raise ValueError("no vectors were sent")
        return vectors

    def _embedded_background(self) -> Vectors:
        if self._background is None:
            self._background = embed_background(self.model)
        return self._background

    def _known_points(self) -> Vectors:
        if self._points is None:
            raise ValueError("nothing was linked")
        return self._points


def answer_frames() -> None:
    """Answer until nobody asks any more. The first frame says who asks, and how."""
    read = sys.stdin.buffer.read
    said = read_frame(read)
    if said is None:
        return
    options = msgspec.convert(said["options"], LinkOptions)
    _give_way(said["parent"], options.memory_mib)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no reply
    child = Child(options)
    methods: Mapping[str, Callable[[Frame], Frame]] = {
        each.__name__: each
        for each in (
            child.about,
            child.load,
            child.embed,
            child.take,
            child.link,
            child.describe,
            child.place,
            child.points,
            child.reach,
            child.join,
            child.forget,
            child.centre,
            child.similar,
        )
    }
    said_busy = _Busy(replies)
    while (asked := read_frame(read)) is not None:
        said_busy.begin()
        try:
            reply = methods[asked["do"]](asked)
        except ModelError as error:
            reply = {"no_model": str(error)}
        said_busy.end(reply)


class _Busy:
    """Says every few seconds that a reply is being worked on: from a thread, which stops with the process."""

    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._changed = Condition()
        self._is_busy = False
        Thread(target=self._run, name="busy", daemon=True).start()

    def begin(self) -> None:
        with self._changed:
            self._is_busy = True
            self._changed.notify_all()

    def end(self, reply: Frame) -> None:
        with self._changed:
            self._is_busy = False
            write_frame(self._replies, reply)

    def _run(self) -> None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._is_busy)
                if not self._changed.wait_for(lambda: not self._is_busy, _BUSY_SECONDS):
                    write_frame(self._replies, BUSY)


def _give_way(parent: int, memory_mib: int) -> None:
    os.nice(_PRIORITY)
    limit = memory_mib << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it has ended before this was said
        raise SystemExit(1)


if __name__ == "__main__":
    answer_frames()
