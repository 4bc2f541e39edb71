"""The shapes of a company's chatbots, for OpenAPI."""

from typing_extensions import TypedDict


class ChatbotShape(TypedDict):
    """A chatbot as its company configured it."""

    chatbot_id: str
    name: str | None
    is_published: bool
    confidence_threshold: float
    timezone: str | None
    average_rating: float | None


class ChatbotList(TypedDict):
    """All chatbots of a company: those of a source in its order, else by id."""

    chatbots: list[ChatbotShape]
