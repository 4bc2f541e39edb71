"""Embed links whose filters can be asked with: made here, by whatever way."""

from typing import Any

import msgspec

from botlens.errors import InvalidError
from botlens.query.filters import condition_of
from botlens.tenants.accounts import Accounts
from botlens.tenants.embed_link import EmbedLink

_encode = msgspec.json.Encoder().encode


def create_embed_link(
    accounts: Accounts, company_id: str, chatbot_id: str, *, filters: Any, **settings: Any
) -> tuple[EmbedLink, str]:
    """Make an embed link.

    Args:
        accounts: of the company.
        company_id: whose.
        chatbot_id: about which bot.
        filters: the filters that are locked, as in a query.
        settings: see `Accounts.create_embed_link`.

    Returns:
        The link, and its secret, which is not stored.

    Raises:
        InvalidError: nobody could ask with these filters, or another value cannot be right.
        NotFoundError: there is no such company or chatbot.
    """
    try:
        text = _encode(filters).decode()
    except (UnicodeError, TypeError, ValueError):
        raise InvalidError("'filters' must be texts in UTF-8.", field="filters") from None
    condition_of(filters)
    return accounts.create_embed_link(company_id, chatbot_id, filters=text, **settings)
