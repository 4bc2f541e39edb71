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
    questions, words = _words(forms)
    if not len(questions):
        return again
    sizes = np.bincount(questions, minlength=len(forms))
    order = np.lexsort((questions, words, conversations[questions]))
    questions, words = questions[order], words[order]
    of = conversations[questions]
    shared = []
    for distance in range(1, len(questions)):
        both = (words[:-distance] == words[distance:]) & (of[:-distance] == of[distance:])
        if not both.any():
            break  # what is that far apart shares no word, nor does what is farther
        shared.append(questions[:-distance][both] * len(forms) + questions[distance:][both])
    if shared:
        pairs, counts = np.unique(np.concatenate(shared), return_counts=True)
        earlier, later = np.divmod(pairs, len(forms))
        again[later[SHARED * counts >= ALL * (sizes[earlier] + sizes[later])]] = 1
    return again


def _words(forms: pa.StringArray) -> tuple[Places, Places]:
    """The words of questions, each once: of which question, and the number of the word."""
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
    kept = np.flatnonzero(inside)
    offsets = np.append(np.searchsorted(kept, places), len(kept)).astype(np.int32)
    written = pa.BinaryArray.from_buffers(
        pa.binary(), len(places), [None, pa.py_buffer(offsets), pa.py_buffer(text[inside])]
    )
    codes = written.dictionary_encode()
    of = np.searchsorted(ends, places, side="right") - 1
    distinct = np.unique(of * max(1, len(codes.dictionary)) + values_of(codes.indices, np.int32))
    questions, words = np.divmod(distinct, max(1, len(codes.dictionary)))
    return questions, words
