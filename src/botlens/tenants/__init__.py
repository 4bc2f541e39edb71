"""Companies, members, chatbots, plans and keys: the only place that says who may see what."""

from botlens.tenants.accounts import Accounts
from botlens.tenants.credentials import Authenticator, TokenVerifier
from botlens.tenants.plans import DEFAULT_PLANS, Plan, plans_from
from botlens.tenants.rights import EVERYTHING, LINK_ROLES, ROLES, SCOPES, Rights
from botlens.tenants.values import UNSET, ApiKey, Caller, Chatbot, Company, Member, Unset

__all__ = [
    "DEFAULT_PLANS",
    "EVERYTHING",
    "LINK_ROLES",
    "ROLES",
    "SCOPES",
    "UNSET",
    "Accounts",
    "ApiKey",
    "Authenticator",
    "Caller",
    "Chatbot",
    "Company",
    "Member",
    "Plan",
    "Rights",
    "TokenVerifier",
    "Unset",
    "plans_from",
]
