"""The tables of a cluster, in the accounts database, which must be a PostgreSQL. Change one, add a migration.

Moments are seconds since 1970 by that database's clock. They are looked at by people; nodes look whether they
have changed, by clocks of their own that never jump.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from botlens.database.base import Base
from botlens.database.erasure import of_company, of_no_company


class ClusterRow(Base):
    """Which cluster this is, in one row: shards carry its identity, so that none is taken for another's.

    `secret` is known to its nodes alone: see `cluster.secret`.
    """

    __tablename__ = "cluster"
    __table_args__ = of_no_company("it is of all")

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    identity: Mapped[str]
    shards: Mapped[int] = mapped_column(Integer)
    secret: Mapped[str] = mapped_column(server_default="")


class ShardWordRow(Base):
    """By which word the database of a shard is known, once it was marked: see `cluster.shard_words`."""

    __tablename__ = "shard_words"
    __table_args__ = of_no_company("a shard has many companies")

    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    word: Mapped[str]


class NodeRow(Base):
    """A process that takes part, and when it was last seen. One that starts again is another.

    `closed` are the numbers of shards, with commas between them, that it does not reach; `?` if it has
    not said it. `definition` is that of the facts which it writes and reads; 0 if it has not said it.
    """

    __tablename__ = "nodes"
    __table_args__ = of_no_company("a node is of all")

    instance: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    seen: Mapped[float]
    closed: Mapped[str] = mapped_column(server_default="?")
    definition: Mapped[int] = mapped_column(Integer, server_default="0")


class SlotRow(Base):
    """Who owns the companies of a slot, until when, and how often the owner has changed (its epoch).

    Nobody does whose `owner` is empty, or whose row nobody has changed for as long as the lease `lasts`.
    `facts` is the definition of those who brought the slot's journal in last: see `cluster.slot_facts`.
    """

    __tablename__ = "slots"
    __table_args__ = of_no_company("a slot has many companies")

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    shard: Mapped[int] = mapped_column(Integer)
    owner: Mapped[str]
    node: Mapped[str]
    url: Mapped[str]
    epoch: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[float]
    lasts: Mapped[float] = mapped_column(server_default="0")
    facts: Mapped[int] = mapped_column(Integer, server_default="3")


class SlotFactsRow(Base):
    """A definition by which the facts of a slot are not whole: they know raw events up to an arrival.

    See `cluster.slot_facts`.
    """

    __tablename__ = "slot_facts"
    __table_args__ = of_no_company("a slot has many companies")

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    definition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    upto: Mapped[int] = mapped_column(BigInteger)


class FrameRow(Base):
    """A commit that the event store does not have for sure yet."""

    __tablename__ = "journal"
    __table_args__ = of_no_company("a frame has events of several; it goes when the store has them")

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    written: Mapped[float]
    frame: Mapped[bytes] = mapped_column(LargeBinary)


class IntentionRow(Base):
    """A chatbot whose facts must be made anew, and for what: see `commit.cluster.table_intentions`."""

    __tablename__ = "intentions"
    __table_args__ = of_company(chatbot="chatbot_id")

    kind: Mapped[str] = mapped_column(primary_key=True)
    company_id: Mapped[str] = mapped_column(primary_key=True)
    chatbot_id: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(Integer, index=True)


class SlotMoveRow(Base):
    """A slot whose rows are brought to another shard, by whoever owns it: see `commit.cluster.slot_mover`.

    `rows` of about `total` were brought; `said` is what is in the way, for people.
    """

    __tablename__ = "slot_moves"
    __table_args__ = of_no_company("a slot has many companies")

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    target: Mapped[int] = mapped_column(Integer)
    begun: Mapped[float]
    rows: Mapped[int] = mapped_column(BigInteger, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, server_default="0")
    said: Mapped[str] = mapped_column(server_default="")


class SlotRemainsRow(Base):
    """A shard on which rows of a slot may lie that lies elsewhere: the owner of the slot erases them.

    `erased` is when they last were; 0 is not yet.
    """

    __tablename__ = "slot_remains"
    __table_args__ = of_no_company("a slot has many companies")

    slot: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    shard: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    since: Mapped[float]
    erased: Mapped[float] = mapped_column(server_default="0")
