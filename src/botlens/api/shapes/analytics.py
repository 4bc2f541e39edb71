"""The shapes of answers, for OpenAPI (and so for the types of the web page)."""

from typing import NotRequired

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


class RejectedEvent(TypedDict):
    """Why the event at this place of the body was not taken, and for which field if it is one."""

    index: int
    code: str
    message: str
    field: NotRequired[str]


class Accepted(TypedDict):
    """What became of a body of events. Accepted events are durable and counted.

    `warnings` are the first of each kind; `warning_counts` says how many there are, by code.
    """

    accepted: int
    rejected: list[RejectedEvent]
    warnings: NotRequired[list[RejectedEvent]]
    warning_counts: NotRequired[dict[str, int]]


class ChatbotShape(TypedDict):
    """A chatbot as its company configured it."""

    chatbot_id: str
    name: str | None
    is_published: bool
    confidence_threshold: float
    timezone: str | None
    average_rating: float | None


class ChatbotList(TypedDict):
    """All chatbots of a company, by id."""

    chatbots: list[ChatbotShape]


class ErrorDetail(TypedDict):
    """What is wrong and what to do. The last three are of 402: what is lacking, and what would have it."""

    code: str
    message: str
    field: NotRequired[str]
    feature: NotRequired[str]
    needs_plan: NotRequired[str | None]
    oldest_allowed: NotRequired[str]


class ErrorBody(TypedDict):
    """The one shape of every error.

    `detail` is the message again; `field` names the parameter or setting where there is one.
    """

    detail: str
    error: ErrorDetail


class Verification(TypedDict):
    """What a check of the derived numbers against the raw events found."""

    equal: bool
    conversations: int
    differences: list[str]
