"""Which of the questions of many conversations are near-identical to an earlier one of theirs, in columns.

What `events.question.asked_again` says of one. Words are numbers here, and which questions share a word is
seen by sorting: only those are compared.
"""

from string import punctuation

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from botlens.commit.winning_rows import Places
from botlens.events.question import ALL, SHARED
from botlens.store.arrow import values_of

_IS_BETWEEN_WORDS = np.zeros(256, np.bool_)
_IS_BETWEEN_WORDS[list(punctuation.encode() + b" \t\n\r\x0b\x0c")] = True


def asked_again_of(forms: pa.StringArray, conversations: Places) -> NDArray[np.uint8]:
    """For each question 1 if it is near-identical to an earlier one of its conversation, else 0.

    Args:
        forms: normal forms of the questions, none of them null; those of a conversation in order.
        conversations: the number of each one's conversation, ascending.
    """
    again = np.zeros(len(forms), np.uint8)
    of, words = _words(forms)
    if not len(words):
        return again
    # A number each: by conversation and word first, then by question. So who shares a word lies side by side.
    shares = conversations[of] * (words.max() + 1) + words
    groups, questions = np.divmod(_counted(shares * len(forms) + of)[0], len(forms))
    sizes = np.bincount(questions, minlength=len(forms))
    pairs, distance, places = [], 0, np.arange(len(groups))
    while len(places):
        distance += 1  # of two that are so far apart, all between them are of their group
        places = places[: np.searchsorted(places, len(groups) - distance)]
        places = places[groups[places] == groups[places + distance]]
        pairs.append(questions[places] * len(forms) + questions[places + distance])
    found, shared = _counted(np.concatenate(pairs))
    earlier, later = np.divmod(found, len(forms))
    again[later[SHARED * shared >= ALL * (sizes[earlier] + sizes[later])]] = 1
    return again


def _words(forms: pa.StringArray) -> tuple[Places, Places]:
    """The words of questions, some twice: of which question, and the number of the word."""
    _, starts, data = forms.buffers()
    if data is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    ends = np.frombuffer(starts, np.int32)[forms.offset : forms.offset + len(forms) + 1].astype(np.int64)
    text = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    ends -= ends[0]
    inside = ~_IS_BETWEEN_WORDS[text]
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    first = ends[:-1][ends[:-1] < ends[1:]]  # where a question begins, a word ends
    begins[first] = inside[first]
    places = np.flatnonzero(begins)
    offsets = np.append(np.cumsum(inside, dtype=np.int32)[places] - 1, inside.sum()).astype(np.int32)
    written = pa.BinaryArray.from_buffers(
        pa.binary(), len(places), [None, pa.py_buffer(offsets), pa.py_buffer(text[inside])]
    )
    words = values_of(written.dictionary_encode().indices, np.int32).astype(np.int64)
    return np.searchsorted(ends, places, side="right") - 1, words


def _counted(values: Places) -> tuple[Places, Places]:
    """Each value once, in their order, and how often it was there. `np.unique` takes ten times as long."""
    found = np.sort(values)
    begins = np.flatnonzero(np.append(True, np.diff(found) != 0)[: len(found)])
    return found[begins], np.diff(np.append(begins, len(found)))
