"""A team's tables, small enough to add up by eye, and the same for botlens: accounts and events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from botlens.sources.postgres.mapping_text import SUPABASE, built_in
from botlens.tenants.synced.values import AccountsThere, ChatbotThere, CompanyThere
from tests.contract.origin.rest import Row

LONGEST = 100_000
_WORDS = {each.kind: each for each in built_in(SUPABASE).entities}
_ROLES = _WORDS["message"].fields["role"].words
_VOTES = _WORDS["feedback"].fields["value"].words


def new_id() -> str:
    return str(uuid4())


@dataclass
class Platform:
    """The tables of one team, and what is written into them."""

    tables: dict[str, list[Row]] = field(
        default_factory=lambda: {
            "companies": [],
            "subscriptions": [],
            "chatbots": [],
            "conversations": [],
            "messages": [],
            "message_feedback": [],
        }
    )

    def add(self, table: str, **row: Any) -> str:
        row.setdefault("id", new_id())
        self.tables[table].append(row)
        return str(row["id"])

    def company(self, owner: str, plan: str | None = "pro") -> str:
        if plan is not None:
            self.add("subscriptions", user_id=owner, plan=plan, status="active")
        return self.add("companies", owner_id=owner, created_at="2026-01-01T00:00:00+00:00")

    def chatbot(self, company: str, name: str | None, **more: Any) -> str:
        said = {"is_published": True, "average_rating": None, "created_at": None, **more}
        return self.add("chatbots", company_id=company, name=name, **said)

    def conversation(self, chatbot: str, at: str, **more: Any) -> str:
        said = {"session_id": new_id(), "language": "en", **more}
        return self.add("conversations", chatbot_id=chatbot, created_at=at, **said)

    def message(self, conversation: str, at: str | None, content: str | None, **more: Any) -> str:
        said = {"role": "user", "confidence_score": None, **more}
        return self.add("messages", conversation_id=conversation, created_at=at, content=content, **said)

    def vote(self, chatbot: str, message: str, feedback: str = "positive") -> str:
        at = "2026-03-18T11:00:00+00:00"
        return self.add(
            "message_feedback", chatbot_id=chatbot, message_id=message, feedback=feedback, created_at=at
        )

    def exchange(
        self, chatbot: str, at: datetime, question: str, score: float = 0.9, **more: Any
    ) -> list[str]:
        """A conversation of a question and its answer: its id and theirs."""
        conversation = self.conversation(chatbot, at.isoformat(), **more)
        asked = self.message(conversation, at.isoformat(), question)
        later = (at + timedelta(seconds=5)).isoformat()
        answer = self.message(conversation, later, "an answer", role="assistant", confidence_score=score)
        return [conversation, asked, answer]

    def accounts(self) -> AccountsThere:
        """What `sources.postgres.accounts` reads of these tables."""
        plans: dict[str, list[str]] = {}
        for row in self.tables["subscriptions"]:
            if row["status"] == "active":
                plans.setdefault(row["user_id"], []).append(row["plan"])
        return AccountsThere(
            tuple(
                CompanyThere(each["id"], owner=each["owner_id"], created_at=_moment(each["created_at"]))
                for each in self.tables["companies"]
            ),
            tuple(
                ChatbotThere(
                    each["id"],
                    each["company_id"],
                    each["name"],
                    bool(each["is_published"]),
                    each["average_rating"],
                    created_at=_moment(each["created_at"]),
                )
                for each in self.tables["chatbots"]
            ),
            {user: tuple(words) for user, words in plans.items()},
            company_fields=frozenset({"owner", "plan"}),
        )

    def events(self, company: str) -> Iterator[dict[str, Any]]:
        """A company's rows as events, by the words of the built-in mapping, without what it does not know."""
        chatbots = {each["id"] for each in self.tables["chatbots"] if each["company_id"] == company}
        placed = {}
        for row in self.tables["conversations"]:
            if row["chatbot_id"] in chatbots:
                placed[row["id"]] = row["chatbot_id"]
                kept = {name: row[name] for name in ("session_id", "language", "created_at") if row[name]}
                yield {"type": "conversation", "chatbot_id": row["chatbot_id"], "id": row["id"], **kept}
        yield from self._messages(placed)
        spoken = {row["id"]: row["conversation_id"] for row in self.tables["messages"]}
        for row in self.tables["message_feedback"]:
            conversation = spoken.get(row["message_id"])
            value = _VOTES.get(row["feedback"], row["feedback"])
            if conversation in placed and value in ("positive", "negative"):
                yield {
                    "type": "feedback",
                    "chatbot_id": placed[conversation],
                    "conversation_id": conversation,
                    "message_id": row["message_id"],
                    "value": value,
                    "created_at": row["created_at"],
                }

    def _messages(self, placed: dict[str, str]) -> Iterator[dict[str, Any]]:
        for row in self.tables["messages"]:
            role = _ROLES.get(row["role"], row["role"])
            known = role in ("user", "assistant", "agent", "system") and row["created_at"] is not None
            if known and row["conversation_id"] in placed:
                yield {
                    "type": "message",
                    "chatbot_id": placed[row["conversation_id"]],
                    "conversation_id": row["conversation_id"],
                    "id": row["id"],
                    "role": role,
                    "content": (row["content"] or "")[:LONGEST],
                    "created_at": row["created_at"],
                    "confidence_score": row["confidence_score"],
                }


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
