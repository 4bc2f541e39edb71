"""The process that embeds and links, from the side of whoever asks it: started, asked, ended."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from botlens.gaps.meaning.model import Vectors
from botlens.gaps.process.frames import BUSY, Frame, as_frame, frame_bytes, read_frame, vectors_in
from botlens.gaps.process.link_options import LinkOptions
from botlens.gaps.process.replies import LinkingEndedError, ModelInUse, Named, NoModelError
from botlens.gaps.questions.asked import AskedQuestion
from botlens.jobs.job import Progress

_LOOK_SECONDS: Final = 0.2
_END_SECONDS: Final = 2.0
_SILENT_SECONDS: Final = 120.0
"""So long it may say nothing, not even that it is busy; then it is ended."""

_ONE_THREAD: Final = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "RAYON_NUM_THREADS",
    ),
    "1",
) | {"TOKENIZERS_PARALLELISM": "false"}


class LinkProcess:
    """A process that embeds and links, started when it is first asked. For one thread.

    Args:
        options: which model, and how much memory it may use.
        progress: of the job that asks; when that must end, so does the process.
    """

    def __init__(self, options: LinkOptions, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._process: subprocess.Popen[bytes] | None = None
        self._about: ModelInUse | None = None
        self._asked = 0.0
        self._is_loading = False  # it was told to, and its reply was not read yet

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """End it, if it runs."""
        process, self._process = self._process, None
        self._is_loading = False
        if process is None:
            return
        with suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]
        process.kill()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
        process.stdout.close()  # type: ignore[union-attr]

    def end_if_idle(self, seconds: float) -> None:
        """End it, if nobody has asked it for so long."""
        if self._process is not None and time.monotonic() - self._asked > seconds:
            self.end()

    def begin(self) -> None:
        """Have it started and its model loaded, if it does not run, while the caller does something else."""
        if self._process is not None and self._process.poll() is None:
            return
        with suppress(OSError):  # then whoever asks it hears that it has ended
            self._write(self._started().stdin, {"do": "load"})  # type: ignore[arg-type]
            self._is_loading = True

    def ask(self, do: str, **said: Any) -> Frame:
        """The reply to one frame.

        Raises:
            NoModelError: there is no model.
            LinkingEndedError: it has ended, or was ended by somebody else.
            StoppedError: the job must end.
        """
        try:
            process = self._started()
            if (
                self._is_loading and self._reply(process) is not None
            ):  # without a model: said to what is asked
                self._is_loading = False
            self._write(process.stdin, {"do": do, **said})  # type: ignore[arg-type]
            reply = self._reply(process)
        except OSError:
            reply = None
        except BaseException:
            self.end()
            raise
        if reply is None:
            status = self._status()
            self.end()
            raise LinkingEndedError(
                f"The process that links ended before it was done ({status}); it is begun anew."
            )
        self._asked = time.monotonic()
        if "no_model" in reply:
            raise NoModelError(reply["no_model"])
        return reply

    def embed(self, texts: list[str]) -> Vectors:
        """Vectors of texts."""
        return vectors_in(self.ask("embed", texts=texts))

    def about(self) -> ModelInUse:
        """Which model is used.

        Raises:
            NoModelError: none.
        """
        if self._about is None:
            said = self.ask("about")
            self._about = ModelInUse(said["name"], said["version"], said["plain"], said["cut"])
        return self._about

    def link(
        self, parts: Iterable[tuple[list[str], Vectors]], count: int, whole: list[list[int]]
    ) -> tuple[NDArray[np.int32], bytes]:
        """The group of each question, whose vectors come in parts, and the space that they were compared in.

        Args:
            parts: normal forms and vectors, in the order of the questions.
            count: how many there are, all parts together.
            whole: the places of questions that stay together.
        """
        sent: list[str] = []
        for names, vectors in parts:
            self.ask("take", of=count, at=len(sent), vectors=as_frame(vectors))
            sent += names
        if len(sent) != count:
            raise LinkingEndedError(f"{count - len(sent)} questions have no vector; they are embedded anew.")
        said = self.ask("link", questions=sent, whole=whole)
        return np.frombuffer(said["labels"], np.int32).copy(), said["space"]

    def describe(
        self,
        labels: NDArray[np.int32],
        questions: Sequence[AskedQuestion],
        gaps: int,
        beside: Sequence[str] = (),
    ) -> Named:
        """The names of the groups 0 to `gaps` - 1 of what was linked or placed last.

        Args:
            labels: the group of each question.
            questions: in the order in which they were linked or placed.
            gaps: how many groups are gaps; the others are questions alone.
            beside: a question of each other gap, which phrases are to tell these from.
        """
        said = self.ask(
            "describe",
            labels=labels.astype(np.int32).tobytes(),
            texts=[each.text for each in questions],
            languages=[each.language or "" for each in questions],
            counts=[each.askers for each in questions],
            stances=[int(each.stance) for each in questions],
            gaps=gaps,
            beside=list(beside),
        )
        return Named(said["gaps"], vectors_in(said["means"])[:gaps])

    def place(self, space: bytes, vectors: Vectors) -> Vectors:
        """Where vectors lie in a space; `points`, `reach`, `join` and `describe` are of them from now on."""
        return vectors_in(self.ask("place", space=space, vectors=as_frame(vectors)))

    def points(self, places: NDArray[np.int64]) -> Vectors:
        """Where some of what was linked or placed last lies."""
        return vectors_in(self.ask("points", places=places.astype(np.int64).tobytes()))

    def reach(self, means: Vectors) -> list[int]:
        """The places of the means that some of what was placed may become one with."""
        found: list[int] = np.frombuffer(
            self.ask("reach", means=as_frame(means))["places"], np.int64
        ).tolist()
        return found

    def join(self, means: Vectors, sizes: list[int], apart: int) -> list[int]:
        """What becomes one of groups that there are, and of what was placed: see `grouping.linking.join`."""
        said = self.ask("join", means=as_frame(means), sizes=sizes, apart=apart)
        found: list[int] = np.frombuffer(said["labels"], np.int32).tolist()
        return found

    def forget(self) -> None:
        """Have nothing kept of what was linked or placed: what is erased is in no memory, then."""
        if self._is_loading:  # it was given nothing yet, and whoever asked would wait for its model
            return
        if self._process is not None and self._process.poll() is None:
            with suppress(LinkingEndedError):  # then it has forgotten all
                self.ask("forget")

    def centre(self, space: bytes, vectors: Vectors) -> Vectors:
        """The mean of some vectors in a space, as one row."""
        return vectors_in(self.ask("centre", space=space, vectors=as_frame(vectors)))

    def similar(self, space: bytes, centre: Vectors, vectors: Vectors) -> NDArray[np.float32]:
        """How similar vectors are to what a centre is of, on the average."""
        said = self.ask("similar", space=space, centre=as_frame(centre), vectors=as_frame(vectors))
        return np.frombuffer(said["near"], np.float32)

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is not None:
            self.end()  # somebody has ended it while it had nothing to do
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "botlens.gaps.process.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # a Ctrl-C is for whoever started it, who ends it
            )
            os.set_blocking(self._process.stdin.fileno(), False)  # type: ignore[union-attr]
            said = {"parent": os.getpid(), "options": msgspec.to_builtins(self._options)}
            self._write(self._process.stdin, said)  # type: ignore[arg-type]
        return self._process

    def _reply(self, process: "subprocess.Popen[bytes]") -> Frame | None:
        read = self._patiently(process.stdout)  # type: ignore[arg-type]
        while (reply := read_frame(read)) == BUSY:
            pass
        return reply

    def _write(self, pipe: IO[bytes], frame: Frame) -> None:
        rest = memoryview(frame_bytes(frame))
        while rest:
            self._wait_for(pipe, select.POLLOUT)
            with suppress(BlockingIOError):
                rest = rest[os.write(pipe.fileno(), rest) :]

    def _wait_for(self, pipe: IO[bytes], event: int) -> None:
        """Wait until a pipe can be read, or written, and look meanwhile whether the job must end."""
        looked_at = select.poll()  # select() takes no descriptor above 1,023: a busy server has more
        looked_at.register(pipe, event)
        until = time.monotonic() + _SILENT_SECONDS
        while True:
            self._progress.pause(0)
            if looked_at.poll(1000 * _LOOK_SECONDS):
                return
            if time.monotonic() > until:
                raise LinkingEndedError(
                    "The process that links has stopped answering, and was ended; it is begun anew."
                )

    def _patiently(self, pipe: IO[bytes]) -> Any:
        """Reads from a pipe."""

        def read(size: int) -> bytes:
            found = bytearray()
            while len(found) < size:
                self._wait_for(pipe, select.POLLIN)
                part = os.read(pipe.fileno(), min(size - len(found), 1 << 20))
                if not part:
                    break
                found += part
            return bytes(found)

        return read

    def _status(self) -> str:
        if self._process is None:
            return "it was not started"
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_END_SECONDS)
            return f"signal {-code}" if code < 0 else f"exit code {code}"
        return "it does not answer"
