"""The doctor's look at a PostgreSQL, before it is followed."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from botlens.cli.doctor.findings import Finding, Symbol
from botlens.cli.options import settings_of
from botlens.errors import InvalidError
from botlens.opening import accounts_of
from botlens.settings import Settings


def examine_database(url: str, mapping: str, data_dir: Path) -> Iterator[Finding]:
    """What is fine, worth knowing and wrong with a database. Nothing of it says its password.

    Args:
        url: of the database.
        mapping: the name or file of what its tables mean.
        data_dir: the folder that it would be brought into.

    Raises:
        BotlensError: the mapping is none, or the settings are not in order.
    """
    if find_spec("psycopg") is None:
        message = "PostgreSQL needs psycopg: pip install 'botlens[postgres]', or, in a clone, make postgres."
        raise InvalidError(message, field="source")
    from botlens.sources.postgres.examination import examine_source
    from botlens.sources.postgres.mapping_text import read_mapping

    settings = settings_of(data_dir)
    own = _own(settings, Path(mapping).stem)
    for each in examine_source(_written(url), read_mapping(mapping), tuple(settings.all_plans()), own):
        mark = Symbol[each.severity.name]
        yield Finding(mark, each.sentence, each.sql)


def _written(url: str) -> str:
    """The URL itself, where @FILE says that a file holds it.

    Raises:
        InvalidError: the file cannot be read.
    """
    found = Settings.read_following(url).sync_url
    return url if found is None else found.get_secret_value()


def _own(settings: Settings, source: str) -> list[str]:
    """The ids of the companies that are here and not of this source, as accounts know that."""
    if settings.accounts_url is None and not (settings.data_dir / "accounts.db").exists():
        return []
    with accounts_of(settings) as accounts:
        return [each.id for each in accounts.companies(with_gone=True) if each.source != source]
