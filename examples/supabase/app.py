"""A team's FastAPI app on Supabase, with botlens' three routes in the place of its own.

    BOTLENS_SYNC_URL=postgresql://... SUPABASE_URL=https://PROJECT.supabase.co uvicorn app:app

The app keeps its login: `get_current_user` is what it has always been, and is handed on as it is. botlens
follows the app's tables (`BOTLENS_SYNC_URL`) into its folder, and answers from there.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.middleware.cors import CORSMiddleware

from botlens import analytics_router, open_engine

SUPABASE_URL = os.environ["SUPABASE_URL"].rstrip("/")
FRONT_END = os.environ.get("FRONT_END", "http://localhost:3000")

keys = jwt.PyJWKClient(f"{SUPABASE_URL}/auth/v1/.well-known/jwks.json")
engine = open_engine(os.environ.get("BOTLENS_DATA_DIR", "botlens-data"))


@dataclass(frozen=True)
class User:
    """Who is logged in."""

    id: str
    email: str | None


def get_current_user(authorization: Annotated[str, Header()] = "") -> User:
    """The app's own login: the access token of a session of Supabase Auth."""
    token = authorization.removeprefix("Bearer ")
    try:
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token),
            algorithms=["ES256", "RS256"],
            audience="authenticated",
            issuer=f"{SUPABASE_URL}/auth/v1",
            options={"require": ["exp", "sub"]},
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid authentication credentials") from None
    return User(claims["sub"], claims.get("email"))


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """The folder is botlens' for as long as the app runs."""
    yield
    engine.close()


app = FastAPI(lifespan=lifespan)
app.add_middleware(
    CORSMiddleware, allow_origins=[FRONT_END], allow_methods=["*"], allow_headers=["authorization"]
)
app.include_router(analytics_router(engine, user=get_current_user))


@app.get("/me")
def me(user: Annotated[User, Depends(get_current_user)]) -> dict[str, str | None]:
    """Any other route of the app."""
    return {"id": user.id, "email": user.email}
