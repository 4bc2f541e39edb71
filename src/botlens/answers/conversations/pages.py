"""The conversations of a company: listed, one by one, and exported.

Everything that was acknowledged before a call is in its answer.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from botlens.answers.conversations import export, listing
from botlens.answers.conversations.cursor import Cursor, request_digest
from botlens.answers.conversations.formats import FORMATS
from botlens.answers.conversations.transcript import transcript
from botlens.answers.queries import selection_behind
from botlens.answers.scope import Scope, free_of_features, needs
from botlens.commit.port import Commits
from botlens.errors import InvalidError, NotFoundError
from botlens.events.record import deletion_of
from botlens.metrics.facts import ConversationState, derive
from botlens.moments import MICROSECOND, instant
from botlens.query.answer import edges
from botlens.query.filters import suggestion
from botlens.query.request import SELECTING, Choice
from botlens.query.selection import Selection
from botlens.store.conversations import conversations
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader
from botlens.tenants.plans import CONVERSATIONS, EXPORT

T = TypeVar("T")

ConversationKey = tuple[str, str]
"""(chatbot id, conversation id)."""

_LIST_KEYS = (*SELECTING, "metric", "sort", "limit", "cursor")
_EXPORT_KEYS = (*SELECTING, "metric", "format", "data")
_IN_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Export:
    """A file on its way: its chunks are made while they are taken, from any one thread at a time."""

    file_name: str
    media_type: str
    chunks: Iterator[bytes]


class Conversations:
    """Answers with conversations.

    Args:
        commits: gives snapshots of events and facts, and takes deletions.
    """

    def __init__(self, commits: Commits) -> None:
        self._commits = commits
        self._snapshots = commits.snapshots

    @needs(CONVERSATIONS)
    def page(self, scope: Scope, request: Mapping[str, Any]) -> dict[str, Any]:
        """A page of the conversations that a request is about.

        Args:
            scope: whose, and what "today" is on a first page.
            request: what chooses conversations in a query, and `metric`, `sort`, `limit`, `cursor`.

        Raises:
            InvalidError: something in it cannot be.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the plan's history does not reach back that far.
        """
        _check_keys(request, _LIST_KEYS)
        paging = listing.ListRequest.parse(request)
        digest = request_digest(scope.company.id, request)
        given = request.get("cursor")
        cursor = None if given is None else Cursor.decode(given, digest, scope.now)
        first = scope.now if cursor is None else cursor.now
        after = None if cursor is None else cursor.after

        def ask(reader: CompanyReader) -> tuple[Selection, listing.Page]:
            selection = _chosen(reader, scope, request, first)
            return selection, listing.page_of(reader, selection, paging, after)

        selection, page = self._snapshots.read(scope.company.id, ask)
        return {
            "conversations": page.conversations,
            "total": page.total,
            "next": None if page.last is None else Cursor(page.last, first).encode(digest),
            "meta": {"timezone": selection.zone.key, "window": edges(selection.window)},
        }

    @needs(CONVERSATIONS)
    def transcript(self, scope: Scope, conversation_id: str, chatbot_id: str | None = None) -> dict[str, Any]:
        """One conversation with all that was said; a test has one too.

        Raises:
            InvalidError: `ambiguous_conversation`, several chatbots have one of this id.
            NotFoundError: there is none, or no such chatbot.
        """
        keys = _keys(scope, conversation_id, chatbot_id)

        def ask(reader: CompanyReader) -> dict[str, Any]:
            states = load_states(reader, keys, texts=True)
            key, state = _only({key: state for key, state in states.items() if not state.deleted})
            threshold = scope.chatbot(key[0]).confidence_threshold
            day = derive(*key, state, threshold).day
            return transcript(conversations(reader, [key], [day])[key], state, threshold)

        return self._snapshots.read(scope.company.id, ask)

    @free_of_features
    def delete(self, scope: Scope, conversation_id: str, chatbot_id: str | None = None) -> None:
        """Delete one conversation, for good; one that was deleted already stays so.

        Whoever must delete may do so on any plan.

        Raises:
            InvalidError: `ambiguous_conversation`, several chatbots have one of this id.
            NotFoundError: there never was one, or there is no such chatbot.
        """
        keys = _keys(scope, conversation_id, chatbot_id)
        states = self._snapshots.read(scope.company.id, lambda reader: load_states(reader, keys))
        present = {key: state for key, state in states.items() if not state.deleted}
        if states and not present:
            return
        key, _ = _only(present)
        self._commits.submit(scope.company.id, [deletion_of(*key, scope.now)]).result()

    @needs(EXPORT)
    def export(self, scope: Scope, request: Mapping[str, Any]) -> Export:
        """The conversations that a request is about, or their messages, as a file.

        Args:
            scope: whose, and what "today" is.
            request: what chooses conversations in a query, and `metric`, `format`, `data`.

        Raises:
            InvalidError: something in it cannot be.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the plan's history does not reach back that far.
        """
        _check_keys(request, _EXPORT_KEYS)
        format_ = _one_of(FORMATS, request.get("format") or "csv", "format")
        name = request.get("data") or "conversations"
        data = _one_of(export.DATA, name, "data")
        selection = self._snapshots.read(
            scope.company.id, lambda reader: _chosen(reader, scope, request, scope.now)
        )
        thresholds = {each.id: each.confidence_threshold for each in scope.chatbots.values()}
        source = export.ExportSource(scope.company.id, selection, self._snapshots, thresholds)
        file_name = f"{_file_name(name, request, selection)}.{format_.suffix}"
        return Export(file_name, format_.media_type, export.chunks(data, format_, source))


def _chosen(reader: CompanyReader, scope: Scope, request: Mapping[str, Any], then: datetime) -> Selection:
    """What a request that was made `then` chooses, if the plan allows it now."""
    choice = Choice.parse(request)
    selection = selection_behind(reader, scope.at(then), choice, request.get("metric"))
    # The plan allowed it `then`; but `then` may come from a cursor, which anybody can make.
    start = None if selection.window.start is None else instant(selection.window.start)
    scope.require_history(start, selection.zone)
    return selection


def _keys(scope: Scope, conversation_id: str, chatbot_id: str | None) -> list[ConversationKey]:
    """What conversations of an id there can be."""
    chatbots = list(scope.chatbots) if chatbot_id is None else [scope.chatbot(chatbot_id).id]
    return [(each, conversation_id) for each in chatbots]


def _check_keys(request: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in request:
        if key not in known:
            raise InvalidError(
                f"There is no `{str(key)[:50]}` here: {suggestion(str(key), known)}",
                code="unknown_parameter",
                field=str(key)[:50],
            )


def _one_of(known: Mapping[str, T], name: Any, field: str) -> T:
    if not isinstance(name, str) or name not in known:
        raise InvalidError(f"`{field}` is one of {', '.join(known)}.", code="invalid_parameter", field=field)
    return known[name]


def _only(states: dict[ConversationKey, ConversationState]) -> tuple[ConversationKey, ConversationState]:
    """The one conversation that there is."""
    if len(states) > 1:
        raise _ambiguous(sorted(chatbot for chatbot, _ in states))
    if not states:
        raise NotFoundError("There is no such conversation.", code="unknown_conversation")
    ((key, state),) = states.items()
    return key, state


def _ambiguous(chatbots: list[str]) -> InvalidError:
    return InvalidError(
        f"Several chatbots have a conversation of this id: say which with `chatbot`: {', '.join(chatbots)}.",
        code="ambiguous_conversation",
        field="chatbot",
    )


def _file_name(data: str, request: Mapping[str, Any], selection: Selection) -> str:
    """What it is, of which chatbot if it is one, and the local days of the window."""
    parts = ["botlens", data]
    if request.get("chatbots") and len(selection.chatbots) == 1:
        parts += [each for each in selection.chatbots if _IN_FILE_NAME.fullmatch(each)]
    if selection.window.is_open():
        return "-".join([*parts, "all"])
    start, end = selection.window.start, selection.window.end
    if start is not None:
        parts += ["from", instant(start).astimezone(selection.zone).date().isoformat()]
    if end is not None:
        parts += ["to", (instant(end) - MICROSECOND).astimezone(selection.zone).date().isoformat()]
    return "-".join(parts)
