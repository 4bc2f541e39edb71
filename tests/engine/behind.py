"""A look into the database behind the back of `Accounts`."""

from sqlalchemy import create_engine, text


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """What a statement finds (or does) behind the back of `Accounts`; `{t}` is where the tables are."""
    prefix = "botlens." if url.startswith("postgres") else ""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement.replace("{t}", prefix)))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()
