"""The one error tree. Every error a caller can see has a code, a sentence that says what to do, and a status.

On the wire all of them read `{"detail": message, "error": {"code", "message", "field"?}}`, whatever route
they come from. `detail` is what front ends of FastAPI apps read.
"""

from typing import Any

MISSING_OPTION = "missing_option"
"""The code of an error that says which option of a command is needed."""


class BotlensError(Exception):
    """Something a caller can mend, or must know. Subclasses fix `status` and a default `code`."""

    status = 500
    code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.field = field
        self.headers = headers or {}
        self.detail = message

    def body(self) -> dict[str, Any]:
        """The wire shape of this error."""
        error: dict[str, Any] = {"code": self.code, "message": self.message, **self._more()}
        if self.field is not None:
            error["field"] = self.field
        return {"detail": self.detail, "error": error}

    def _more(self) -> dict[str, Any]:
        """What errors of this kind say besides, for programs."""
        return {}


class BadRequestError(BotlensError):
    """The request cannot be read at all."""

    status = 400
    code = "bad_request"


class UnauthorizedError(BotlensError):
    """No credentials, or credentials that are not good (any more)."""

    status = 401
    code = "unauthorized"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message, code=code, field=field, headers={"WWW-Authenticate": "Bearer"})


class PlanError(BotlensError):
    """The company's plan does not include what was asked for, or not that far back.

    Args:
        message: see `BotlensError`.
        feature: what it lacks: a feature of plans, `analytics`, or `history`.
        needs_plan: the first plan of the installation that has it; None if none has.
        oldest_allowed: of `history`, the first local day that may be asked for, `2026-03-01`.
    """

    status = 402
    code = "plan_required"

    def __init__(
        self,
        message: str,
        *,
        feature: str,
        needs_plan: str | None = None,
        oldest_allowed: str | None = None,
    ) -> None:
        super().__init__(message)
        self.feature = feature
        self.needs_plan = needs_plan
        self.oldest_allowed = oldest_allowed

    def _more(self) -> dict[str, Any]:
        oldest = {} if self.oldest_allowed is None else {"oldest_allowed": self.oldest_allowed}
        return {"feature": self.feature, "needs_plan": self.needs_plan, **oldest}


class ForbiddenError(BotlensError):
    """The credentials are good but lack the scope."""

    status = 403
    code = "missing_scope"


class NotFoundError(BotlensError):
    """It does not exist, or it is not the caller's: the same answer for both."""

    status = 404
    code = "not_found"


class RequestTimeoutError(BotlensError):
    """The client was too slow to send its request."""

    status = 408
    code = "request_timeout"


class ConflictError(BotlensError):
    """Somebody else changed it meanwhile; read it again, and decide anew."""

    status = 409
    code = "version_conflict"


class TooLargeError(BotlensError):
    """More than a request may carry."""

    status = 413
    code = "too_large"


class UnsupportedMediaTypeError(BotlensError):
    """A content type or encoding that botlens does not read."""

    status = 415
    code = "unsupported_media_type"


class InvalidError(BotlensError):
    """A value that was understood but cannot be right."""

    status = 422
    code = "invalid"


class TooManyRequestsError(BotlensError):
    """Too much of one company at once; nothing of this request was kept, so send it again."""

    status = 429
    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int = 1, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Retry-After": str(retry_after)})


class HeadTooLargeError(BotlensError):
    """The address and headers of a request are longer than they may be."""

    status = 431
    code = "head_too_large"


class OverloadedError(BotlensError):
    """Too much at once; nothing of this request was kept, so send it again."""

    status = 503
    code = "overloaded"

    def __init__(self, message: str, *, retry_after: int = 1, code: str | None = None) -> None:
        super().__init__(message, code=code, headers={"Retry-After": str(retry_after)})


class NotHereError(OverloadedError):
    """Another process has the company, or nobody has it for now; nothing of this was done here."""

    code = "not_here"

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        super().__init__(
            message or "Another node has this company, or will have it in a moment. Send it again.",
            retry_after=retry_after,
        )


def cause_of(error: Exception) -> str:
    """What a driver or a socket said, in one line: for logs. What was said to requests is for them."""
    cause: BaseException = error.__cause__ or error
    cause = getattr(cause, "orig", None) or cause  # without the statement, which SQLAlchemy repeats
    return f"{type(cause).__name__}: {' '.join(str(cause).split())}"
