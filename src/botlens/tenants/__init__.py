"""Companies, members, chatbots, plans and keys: the only place that says who may see what."""

from botlens.tenants.accounts import Accounts
from botlens.tenants.credentials import Authenticator, TokenVerifier
from botlens.tenants.plans import DEFAULT_PLANS, Plan, plans_from
from botlens.tenants.values import SCOPES, UNSET, ApiKey, Caller, Chatbot, Company, Unset

__all__ = [
    "DEFAULT_PLANS",
    "SCOPES",
    "UNSET",
    "Accounts",
    "ApiKey",
    "Authenticator",
    "Caller",
    "Chatbot",
    "Company",
    "Plan",
    "TokenVerifier",
    "Unset",
    "plans_from",
]
