"""What a source decides of accounts is changed there: the refusal of changing it here."""

from botlens.errors import InvalidError
from botlens.tenants.tables import ChatbotRow, CompanyRow


def refuse_synced(row: CompanyRow | ChatbotRow, field: str, before: object, value: object) -> None:
    """Pass if a field may be changed here, or is not changed at all.

    Raises:
        InvalidError: `synced`, the row's source decides it.
    """
    if before != value and field in row.synced.split():
        raise InvalidError(
            f"The `{field}` of this {_what(row)} comes from the source `{row.source}`: change it there. Here "
            "it follows within half a minute.",
            code="synced",
            field=field,
        )


def refuse_deletion(row: CompanyRow | ChatbotRow) -> None:
    """Pass if what the row is of may be deleted here.

    Raises:
        InvalidError: `synced`, a source has it, and it would be back in a moment.
    """
    if row.source is not None:
        raise InvalidError(
            f"This {_what(row)} is of the source `{row.source}`: delete it there. If that is no longer "
            f"followed, `botlens source release {row.source}` makes what it had your own.",
            code="synced",
        )


def refuse_gone(row: ChatbotRow) -> None:
    """Pass if the chatbot is not one that its source has no more.

    Raises:
        InvalidError: `synced`, it is hidden until its source has it again, or it is erased.
    """
    if row.gone_at is not None:
        raise InvalidError(
            "The source of this chatbot has deleted it; what is here is hidden, and will be erased. "
            "Take another id.",
            code="synced",
            field="chatbot_id",
        )


def _what(row: CompanyRow | ChatbotRow) -> str:
    return "company" if isinstance(row, CompanyRow) else "chatbot"
