"""From questions and their vectors to groups: the space, where they lie in it, which belong together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from botlens.events.question import normal_form
from botlens.gaps.grouping.linking import Labels, link
from botlens.gaps.grouping.space import Space, background_questions, counts_of, space_of
from botlens.gaps.grouping.templates import Templates, at_templates, templates_of
from botlens.gaps.meaning.model import Vectors


@dataclass(frozen=True, eq=False)
class GroupedQuestions:
    """What is found of a chatbot's distinct questions.

    Attributes:
        space: in which they are compared.
        points: where they lie, (n, k).
        labels: by question, the number of its group.
    """

    space: Space
    points: Vectors
    labels: Labels


def group_questions(
    questions: Sequence[str],
    vectors: Vectors,
    background: Vectors,
    cut: float,
    whole: Sequence[Sequence[int]] = (),
) -> GroupedQuestions:
    """Group questions by what they mean; those that differ by a name alone are compared without it.

    Args:
        questions: distinct ones, by normal form, sorted.
        vectors: of these, (n, d).
        background: of `background_questions`, by the same model.
        cut: the least mean similarity of two groups that become one.
        whole: see `link`.
    """
    space, templates = _space_and_templates(questions, vectors, background, cut)
    points = space.project(vectors)
    del vectors  # many times as large as what is found from here on
    return GroupedQuestions(space, points, link(at_templates(points, templates), cut, whole))


def _space_and_templates(
    questions: Sequence[str], vectors: Vectors, background: Vectors, cut: float
) -> tuple[Space, Templates]:
    common = {word for each in background_questions() for word in normal_form(each).split()}
    near = space_of(vectors[:0], np.empty(0), background).project(vectors)
    templates = templates_of(questions, near, common, cut)
    return space_of(vectors, counts_of(questions, near, templates), background), templates
