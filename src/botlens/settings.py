"""What botlens is told by its environment. Read by the entry points alone; no secret has a default."""

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from botlens.cluster.node import LEASE_SECONDS
from botlens.cluster.options import ClusterOptions
from botlens.errors import InvalidError
from botlens.setting_values import (
    ClickHouseUrl,
    EmbeddingUrl,
    Folder,
    InSmallLetters,
    Networks,
    NodeUrl,
    Origins,
    OrOfAFile,
    PublicUrl,
    ServerUrl,
    ShardUrls,
)
from botlens.store.topology import Topology
from botlens.tenants import Plan, TokenVerifier, plans_from
from botlens.tenants.supabase_auth import AUDIENCE, ROLE, SupabaseProject

PREFIX = "BOTLENS_"

OF_A_FOLDER: Final[Mapping[str, tuple[()] | None]] = MappingProxyType(
    dict.fromkeys(("clickhouse_url", "clickhouse_cluster", "accounts_url")) | {"shards": ()}
)
"""Settings of a process that keeps everything in its folder, whatever the environment names."""


class Settings(BaseSettings):
    """The settings of one process. Each is an environment variable: `BOTLENS_` and its name in capitals.

    Attributes:
        data_dir: the folder that holds everything botlens keeps.
        clickhouse_url: a ClickHouse server; None is the engine inside this process, in `data_dir`.
        clickhouse_cluster: the cluster, by its name in ClickHouse, of `clickhouse_url` or of each of the
            `shards`, in which tables are made and replicated; without it they are on each server alone.
        shards: the ClickHouse servers of a cluster of botlens, with commas between them, always in the order
            in which they were named first: each has a part of the companies. The accounts are in a PostgreSQL
            then, and so is the journal. It takes the place of `clickhouse_url`.
        node_url: where the other nodes of the cluster reach this one, such as http://10.0.0.7:8000; each has
            its own. Without it that is the address where it listens, for nodes on one machine.
        node_name: how it is called in logs and by `botlens doctor`; None is the name of the machine, so name
            each where several are on one.
        lease_seconds: so long nobody has the companies of a node that died, 1 to 60.
        accounts_url: the accounts database; None is a SQLite file in `data_dir`.
        jwt_secret: what JWTs signed with HS256 are checked with.
        jwt_jwks_url: where the public keys are that other JWTs are checked with.
        jwt_audience: what `aud` of a JWT must be or contain.
        jwt_issuer: what `iss` of a JWT must be.
        supabase_url: a Supabase project, whose users may ask: where its public keys are, issuer, audience and
            role follow from it, unless they are set. Where it signs with a secret, that is `jwt_secret`.
        plans: JSON, laid over the default plans (see `plans_from`).
        store_memory_mib: the most that the embedded event store may use.
        store_call_seconds: how much longer than its own limit a call to the event store may take before it is
            given up (ten times as long where it has none).
        max_connections: how many connections a server may have; None is what its descriptors allow, at most
            10,000.
        keep_alive_seconds: how long a connection may be silent between two requests; longer than that of a
            load balancer in front.
        log_level: from which weight on a server logs.
        access_log: whether a server logs each request: method, path, status, time; no query, body or header.
        cors_origins: origins whose pages may ask, with commas between them; `*` is any.
        questions_at_once: how many questions of one company run at once.
        public_url: the address by which browsers know the server, such as https://botlens.example.com; login
            links, the cookie and the pages that may send it are of this one. None is where it listens.
        trusted_proxies: addresses and networks of reverse proxies, with commas between them, whose forwarded
            headers say who asks; `*` is any. All others' headers count for nothing.
        sync_keep_days: how long companies and chatbots are kept, hidden, that the source which is followed
            has no more; then they are erased.
        sync_url: a PostgreSQL whose tables a server follows: postgresql://ROLE:PASSWORD@HOST:5432/DATABASE,
            or @FILE that holds it. Of nodes of a cluster one follows at a time: set it for all of them.
        sync_mapping: what its tables mean: `supabase`, `chatwoot`, `dify`, or a TOML file.
        sync_way: how it is followed, `stream`, `slot` or `sweep`; without it the best way that the rights
            allow.
        embedding_model: what groups questions by meaning better than the models that are installed: the
            folder of a sentence model in ONNX, or the name of a model at `embedding_url`.
        embedding_url: an endpoint for embeddings in the way of OpenAI's, up to `/embeddings`, such as
            https://models.example.com/v1. Questions are sent there.
        embedding_key: the key of that endpoint.
        gaps_memory_mib: the most that the process which groups questions may use.
        url: a botlens server for the commands that need events to talk to, instead of `data_dir`.
        api_key: the API key to use there.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    data_dir: Folder = Path("botlens-data")
    clickhouse_url: ClickHouseUrl | None = None
    shards: ShardUrls = ()
    clickhouse_cluster: str | None = None
    node_url: NodeUrl | None = None
    node_name: str | None = None
    lease_seconds: float = Field(default=LEASE_SECONDS, ge=1, le=60)
    accounts_url: str | None = None
    jwt_secret: SecretStr | None = None
    jwt_jwks_url: str | None = None
    jwt_audience: str | None = None
    jwt_issuer: str | None = None
    supabase_url: str | None = None
    plans: dict[str, dict[str, Any]] = Field(default_factory=dict)
    store_memory_mib: int = Field(default=2_048, ge=256)
    store_call_seconds: float = Field(default=30.0, ge=1)
    max_connections: int | None = Field(default=None, ge=1)
    keep_alive_seconds: float = Field(default=75.0, gt=0)
    log_level: Annotated[Literal["debug", "info", "warning", "error"], InSmallLetters] = "info"
    access_log: bool = False
    cors_origins: Origins = ()
    questions_at_once: int = Field(default=2, ge=1, le=64)
    public_url: PublicUrl | None = None
    trusted_proxies: Networks = ()
    sync_keep_days: int = Field(default=30, ge=1, le=3_650)
    sync_url: Annotated[SecretStr | None, OrOfAFile] = None
    sync_mapping: str = "supabase"
    sync_way: Literal["stream", "slot", "sweep"] | None = None
    embedding_model: str | None = None
    embedding_url: EmbeddingUrl | None = None
    embedding_key: SecretStr | None = None
    gaps_memory_mib: int = Field(default=2_048, ge=512)
    url: ServerUrl | None = None
    api_key: SecretStr | None = None

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings of the environment; what is given here comes before it.

        Raises:
            InvalidError: a value cannot be right; `field` names the setting.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = str(first["loc"][0])
            reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
            raise InvalidError(f"{variable(name)}: {reason}.", field=name) from None
        except SettingsError as error:
            raise _not_json(error) from None

    @classmethod
    def read_following(cls, source: str, **given: Any) -> Self:
        """As `read`, with a source that was named where it is asked for, and not by its variable.

        Raises:
            InvalidError: as `read`; what is wrong with the source is not said of the variable.
        """
        try:
            return cls.read(**given, sync_url=source)
        except InvalidError as error:
            if error.field != "sync_url":
                raise
            message = error.message.removeprefix(f"{variable('sync_url')}: ")
            raise InvalidError(message, field="source") from None

    @field_validator("clickhouse_cluster")
    @classmethod
    def _named_cluster(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            try:
                is_shared = bool(info.data.get("clickhouse_url") or info.data.get("shards"))
                Topology(is_shared=is_shared, cluster=value)
            except InvalidError as error:
                raise ValueError(error.message) from None
        return value

    def cluster(self, listening: str) -> ClusterOptions | None:
        """How this process takes part in a cluster; None if no shards are named.

        Args:
            listening: the address where it listens: its URL among nodes on one machine, without `node_url`.
                Its name is not made of it: without `node_name` all nodes of one machine have the same.

        Raises:
            InvalidError: what it needs besides is not set, or something is that cannot be beside it.
        """
        if not self.shards:
            return None
        if self.clickhouse_url:
            message = (
                f"Name the event stores in {variable('shards')} or {variable('clickhouse_url')}, not in both."
            )
            raise InvalidError(message, field="shards")
        if self.accounts_url is None or self.accounts_url.startswith("sqlite"):
            message = (
                f"{variable('shards')} is set, so {variable('accounts_url')} must name a PostgreSQL, which "
                "all nodes share: postgresql://user:password@host/database."
            )
            raise InvalidError(message, field="accounts_url")
        url = self.node_url or listening
        return ClusterOptions(self.shards, url, self.node_name or socket.gethostname(), self.lease_seconds)

    @property
    def events_url(self) -> str:
        """Where the event store is, as `ClickHouse` takes it."""
        return self.clickhouse_url or f"chdb://{self.data_dir / 'events'}"

    @property
    def accounts_location(self) -> str:
        """Where the accounts are, as `Accounts.open` takes it."""
        return self.accounts_url or f"sqlite:///{self.data_dir / 'accounts.db'}"

    @property
    def journal_folder(self) -> Path:
        """Where commits are made durable."""
        return self.data_dir / "journal"

    def all_plans(self) -> dict[str, Plan]:
        """Every plan by name.

        Raises:
            InvalidError: the configuration of a plan is wrong.
        """
        try:
            return plans_from(self.plans)
        except InvalidError as error:
            raise InvalidError(f"{variable('plans')}: {error.message}", field=error.field) from None

    def tokens(self) -> TokenVerifier:
        """What checks JWTs.

        Raises:
            InvalidError: the secret is too short, or a URL is none.
        """
        secret = self.jwt_secret.get_secret_value() if self.jwt_secret else None
        try:
            project = SupabaseProject.at(self.supabase_url) if self.supabase_url else None
            return TokenVerifier(
                secret=secret,
                jwks_url=self.jwt_jwks_url or (project.jwks_url if project else None),
                audience=self.jwt_audience or (AUDIENCE if project else None),
                issuer=self.jwt_issuer or (project.issuer if project else None),
                role=ROLE if project else None,
            )
        except InvalidError as error:
            raise InvalidError(
                f"{variable(error.field or 'jwt')}: {error.message}", field=error.field
            ) from None


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _not_json(error: SettingsError) -> InvalidError:
    found = re.search(r'field "(\w+)"', str(error))
    name = found[1] if found else "plans"
    cause = error.__cause__
    where = f" ({cause.msg}, at character {cause.pos})" if isinstance(cause, json.JSONDecodeError) else ""
    example = '{"pro": {"conversations_per_month": 20000}}'
    return InvalidError(f"{variable(name)} is not valid JSON{where}. It reads like {example}.", field=name)
