"""The conversations of a company: listed, one by one, and exported.

Everything that was acknowledged before a call is in its answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botlens.answers.conversations import export, listing
from botlens.answers.conversations.asked import (
    check_keys,
    conversation_near,
    one_of,
    searched_before,
    sought_by,
)
from botlens.answers.conversations.cursor import Cursor, request_digest
from botlens.answers.conversations.found import found_among, texts_found
from botlens.answers.conversations.listing import ConversationKey
from botlens.answers.conversations.transcript import transcript
from botlens.answers.file_names import file_name
from botlens.answers.formats import FORMATS
from botlens.answers.queries import is_shown, selection_behind
from botlens.answers.scope import Scope, free_of_features, needs
from botlens.commit.port import Commits
from botlens.errors import InvalidError, NotFoundError
from botlens.events.record import deletion_of
from botlens.metrics.conversation import ConversationState
from botlens.metrics.facts import derive
from botlens.moments import instant, iso
from botlens.query.answer import edges
from botlens.query.request import SELECTING, Choice
from botlens.query.selection import Selection
from botlens.query.sought import Sought
from botlens.query.window import Window
from botlens.store.conversations import conversations
from botlens.store.raw_events import load_states
from botlens.store.reading import CompanyReader
from botlens.store.searching import newest_where_said, only_where_said
from botlens.tenants.plans import CONVERSATIONS, EXPORT

_BEHIND = ("metric", "search", "search_before")
_LIST_KEYS = (*SELECTING, *_BEHIND, "sort", "limit", "cursor", "near", "chatbot")
_EXPORT_KEYS = (*SELECTING, *_BEHIND, "format", "data")


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
            request: what chooses conversations in a query, and `metric`, `search`, `search_before` (a
                moment), `sort`, `limit`, `cursor`, `near` (the id of a conversation) and `chatbot` (whose
                that one is).

        Raises:
            InvalidError: something in it cannot be.
            NotFoundError: it names a chatbot that the company does not have, or a conversation that is not in
                the list.
            PlanError: the plan's history does not reach back that far.
        """
        check_keys(request, _LIST_KEYS)
        paging = listing.ListRequest.parse(request)
        digest = request_digest(scope.company.id, request)
        given = request.get("cursor")
        cursor = None if given is None else Cursor.decode(given, digest, scope.now)
        first = scope.now if cursor is None else cursor.now
        near = _near(scope, request)
        sought, before = sought_by(request), searched_before(request)

        def ask(reader: CompanyReader) -> dict[str, Any]:
            selection = _chosen(reader, scope, request, first)
            searched = None if sought is None else newest_where_said(reader, selection, sought, before=before)
            selection = selection if searched is None else searched.selection
            page = _page_of(listing.ConversationListing(reader, selection, paging), cursor, near)
            rows = page.rows(reader)
            if sought is not None:
                keys = [each.key for each in page.places]
                found = texts_found(reader, keys, sought)
                rows = [row | {"found": found[key]} for row, key in zip(rows, keys, strict=True)]
            return {
                "conversations": rows,
                "total": page.total,
                "previous": page.first and Cursor(page.first, first, before=True).encode(digest),
                "next": page.last and Cursor(page.last, first).encode(digest),
                **({"position": _position(page.position)} if page.position else {}),
                "meta": {
                    "timezone": selection.zone.key,
                    "window": edges(selection.window),
                    **({} if searched is None else {"searched_from": iso(searched.since)}),
                },
            }

        return self._snapshots.read(scope.company.id, ask)

    @needs(CONVERSATIONS)
    def transcript(
        self, scope: Scope, conversation_id: str, chatbot_id: str | None = None, search: str | None = None
    ) -> dict[str, Any]:
        """One conversation with all that was said; a test has one too.

        Args:
            scope: whose.
            conversation_id: which.
            chatbot_id: whose conversation, if several chatbots have one of this id.
            search: a text whose places are to be in it, too.

        Raises:
            InvalidError: `ambiguous_conversation`, several chatbots have one of this id; or nothing can be
                searched for by this text.
            NotFoundError: there is none, or no such chatbot.
        """
        keys = _keys(scope, conversation_id, chatbot_id)
        sought = None if search is None else Sought.parse(search, "search")

        def ask(reader: CompanyReader) -> dict[str, Any]:
            states = load_states(reader, keys, texts=True)
            key, state = _only({key: state for key, state in states.items() if not state.is_empty})
            if not is_shown(reader, scope, *key):
                raise _unknown_conversation()
            threshold = scope.chatbot(key[0]).confidence_threshold
            day = derive(*key, state, threshold).day
            made = transcript(conversations(reader, [key], [day])[key], state, threshold)
            return made if sought is None else made | {"found": found_among(made["messages"], sought)}

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
        anywhere = _keys(scope, conversation_id, None)
        found = self._snapshots.read(scope.company.id, lambda reader: load_states(reader, anywhere))
        states = {key: state for key, state in found.items() if key in keys}
        present = {key: state for key, state in states.items() if not state.deleted}
        if states and not present:
            return
        moved_away = {key for key, state in found.items() if state.has_moved_away}
        _only({key: state for key, state in present.items() if key not in moved_away} or present)
        # Where it has moved away from it could come back: there it is deleted, too.
        deletions = [deletion_of(*key, scope.now) for key in present.keys() | moved_away]
        self._commits.submit(scope.company.id, deletions).result()

    @needs(EXPORT)
    def export(self, scope: Scope, request: Mapping[str, Any]) -> Export:
        """The conversations that a request is about, or their messages, as a file.

        Args:
            scope: whose, and what "today" is.
            request: what chooses conversations in a query, and `metric`, `search`, `search_before`,
                `format`, `data`.

        Raises:
            InvalidError: something in it cannot be.
            NotFoundError: it names a chatbot that the company does not have.
            PlanError: the plan's history does not reach back that far.
        """
        check_keys(request, _EXPORT_KEYS)
        format_ = one_of(FORMATS, request.get("format") or "csv", "format")
        name = request.get("data") or "conversations"
        data = one_of(export.DATA, name, "data")
        sought, before = sought_by(request), searched_before(request)

        def choose(reader: CompanyReader) -> Selection:
            chosen = _chosen(reader, scope, request, scope.now)
            if before is not None:
                chosen = chosen.besides(*Window(None, before).condition("searched_"))
            return chosen if sought is None else only_where_said(reader, chosen, sought)

        selection = self._snapshots.read(scope.company.id, choose)
        thresholds = {each.id: each.confidence_threshold for each in scope.chatbots.values()}
        source = export.ExportSource(scope.company.id, selection, self._snapshots, thresholds)
        chatbots = selection.chatbots if request.get("chatbots") else ()
        window = selection.window.start, selection.window.end
        start, end = (None if edge is None else instant(edge) for edge in window)
        called = file_name([name], chatbots, (start, end), selection.zone, format_.suffix)
        return Export(called, format_.media_type, export.chunks(data, format_, source))


def _chosen(reader: CompanyReader, scope: Scope, request: Mapping[str, Any], then: datetime) -> Selection:
    """What a request that was made `then` chooses, if the plan allows it now; but for what was said."""
    choice = Choice.parse(request, request.get("metric"))
    selection = selection_behind(reader, scope.at(then), choice)
    # The plan allowed it `then`; but `then` may come from a cursor, which anybody can make.
    scope.require_history(selection.window, selection.zone)
    return selection


def _near(scope: Scope, request: Mapping[str, Any]) -> ConversationKey | None:
    """The conversation that a page is to be near."""
    given = conversation_near(request)
    if given is None:
        return None
    chatbot_id, conversation_id = given
    if chatbot_id is not None:
        return scope.chatbot(chatbot_id).id, conversation_id
    chatbots = list(request.get("chatbots") or scope.chatbots)
    if len(chatbots) != 1:
        raise InvalidError(
            "Say whose conversation `near` is, with `chatbot`.",
            code="ambiguous_conversation",
            field="chatbot",
        )
    return chatbots[0], conversation_id


def _page_of(
    whole: listing.ConversationListing, cursor: Cursor | None, near: ConversationKey | None
) -> listing.Page:
    if near is not None:
        return whole.near(near)
    if cursor is not None and cursor.before:
        return whole.before(cursor.beside)
    return whole.after(None if cursor is None else cursor.beside)


def _position(found: listing.Position) -> dict[str, Any]:
    def named(key: ConversationKey | None) -> dict[str, str] | None:
        return None if key is None else {"chatbot_id": key[0], "conversation_id": key[1]}

    return {"number": found.number, "previous": named(found.previous), "next": named(found.next)}


def _keys(scope: Scope, conversation_id: str, chatbot_id: str | None) -> list[ConversationKey]:
    """What conversations of an id there can be."""
    chatbots = list(scope.chatbots) if chatbot_id is None else [scope.chatbot(chatbot_id).id]
    return [(each, conversation_id) for each in chatbots]


def _only(states: dict[ConversationKey, ConversationState]) -> tuple[ConversationKey, ConversationState]:
    """The one conversation that there is."""
    if len(states) > 1:
        raise _ambiguous(sorted(chatbot for chatbot, _ in states))
    if not states:
        raise _unknown_conversation()
    ((key, state),) = states.items()
    return key, state


def _unknown_conversation() -> NotFoundError:
    return NotFoundError("There is no such conversation.", code="unknown_conversation")


def _ambiguous(chatbots: list[str]) -> InvalidError:
    return InvalidError(
        f"Several chatbots have a conversation of this id: say which with `chatbot`: {', '.join(chatbots)}.",
        code="ambiguous_conversation",
        field="chatbot",
    )
