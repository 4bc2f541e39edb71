"""Every wording of the questions that were not answered, as it was written, and the gap that it is in."""

from typing import Any, Final

from botlens.gaps.kept.memberships import MEMBERS
from botlens.gaps.kept.summaries import Links, of_links
from botlens.gaps.questions.asked import asked, has_scores
from botlens.gaps.questions.signals import HAS_SIGNALS, UNANSWERED, Signal
from botlens.query.window import Window
from botlens.store.reading import CompanyReader

_ANY: Final = int(~Signal(0))


def written_questions(
    reader: CompanyReader, chatbots: list[str], links: Links, window: Window, least: int
) -> list[tuple[str, str, str]]:
    """The wordings: (chatbot, text, gap or "").

    Args:
        reader: of the company.
        chatbots: whose.
        links: that count.
        window: of the conversations' starts.
        least: so many sessions must have asked a question, in whatever wording.
    """
    scores = has_scores(reader, chatbots)
    condition, parameters = window.condition()
    rows = asked(f"{HAS_SIGNALS} AND {condition}", "chatbot_id", "question", "text", "asker", "mask")
    statement = (
        "SELECT toString(chatbot_id), text, toString(gap_id) FROM (SELECT chatbot_id, question, "
        f"groupUniqArray(text) AS texts FROM {rows} "
        "WHERE bitAnd(mask, if(chatbot_id IN {scored:Array(String)}, {strong:UInt8}, {any:UInt8})) > 0 "
        "GROUP BY chatbot_id, question HAVING uniqExact(asker) >= {least:UInt32}) AS asked "
        f"LEFT JOIN {MEMBERS} AS members USING (chatbot_id, question) ARRAY JOIN texts AS text ORDER BY 1, 2"
    )
    bound: dict[str, Any] = {
        **parameters,
        **of_links(links),
        "chatbots": chatbots,
        "scored": [each for each, has in scores.items() if has],
        "strong": int(UNANSWERED),
        "any": _ANY,
        "least": least,
    }
    return [(row[0], row[1], row[2]) for block in reader.blocks(statement, bound) for row in block]
