"""The shapes of the seed routes, for OpenAPI (and so for the types of the web page)."""

from typing_extensions import TypedDict


class QueryCount(TypedDict):
    """A question, as it is shown, and how often."""

    query: str
    count: int


class DayCount(TypedDict):
    """A local day (ISO date) and the conversations that started on it."""

    date: str
    count: int


class ChatbotNumbersShape(TypedDict):
    """The chatbot object of the seed contract."""

    chatbot_id: str
    chatbot_name: str
    total_conversations: int
    unique_sessions: int
    total_messages: int
    average_messages_per_conversation: float
    average_rating: float | None
    total_ratings: int
    conversations_today: int
    conversations_this_week: int
    conversations_this_month: int
    daily_conversations: list[DayCount]
    top_queries: list[QueryCount]
    languages_used: dict[str, int]
    peak_hour: int | None
    unanswered_count: int
    unanswered_queries: list[QueryCount]
    feedback_positive: int
    feedback_negative: int


class Overview(TypedDict):
    """The overview object of the seed contract."""

    total_chatbots: int
    published_chatbots: int
    total_conversations: int
    total_messages: int
    unique_sessions: int
    conversations_this_month: int
    average_rating: float | None
    chatbots: list[ChatbotNumbersShape]
    plan: str
    conversations_limit: int
    conversations_used: int
