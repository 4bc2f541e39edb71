"""What is known of a source when it is followed again: what a stop, a death or an operator came between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from botlens.sources.postgres.accounts import SourceAccounts
from botlens.sources.postgres.address import parse_address
from botlens.sources.postgres.mapping_text import read_mapping
from botlens.sources.postgres.reader import SourceReader
from botlens.sources.postgres.taken_over import TakenOverAccounts
from botlens.store.raw_events import load_states
from tests.engine.platform import AT, Follows, Platform


def test_what_was_confirmed_is_let_go_once(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Also while nobody follows: what is gone at once later waits for an operator again."""
    platform.many(150)
    source = follows()
    source.once()
    some = "DELETE FROM conversations WHERE id IN (SELECT id FROM conversations LIMIT %s)"
    platform.run(some, 120)
    source.once()
    assert source.here()["total_conversations"] == 150
    source.source.store.confirm(confirmed=True)
    source.once()
    assert source.here()["total_conversations"] == 30
    platform.many(200)
    source.once()
    platform.run(some, 200)
    source.once()
    assert source.here()["total_conversations"] == 230
    assert source.source.store.load().held["public.conversations"] == (200, 230)


def test_what_was_confirmed_is_what_was_held(platform: Platform, follows: Callable[..., Follows]) -> None:
    """A table that was emptied since is not meant."""
    for number in range(150):
        _, (message,) = platform.conversation("Where?", session=f"s{number}")
        platform.vote(message)
    source = follows()
    source.once()
    platform.run("DELETE FROM message_feedback WHERE id IN (SELECT id FROM message_feedback LIMIT 120)")
    source.once()
    source.source.store.confirm(confirmed=True)
    platform.run("DELETE FROM conversations")
    source.once()
    assert source.here()["total_conversations"] == 150
    assert source.source.store.load().held == {"public.conversations": (150, 150)}


def test_a_table_that_is_back_when_it_is_followed_again(
    platform: Platform, follows: Callable[..., Follows]
) -> None:
    """What changed in it while it could not be read was never seen: it is read whole."""
    _, (question, _) = platform.conversation("Where?", "There")
    source = follows()
    source.once()
    platform.run("ALTER TABLE messages RENAME role TO said_by")
    platform.run("UPDATE messages SET content = 'When?' WHERE id = %s", question)
    source.once()
    platform.run("ALTER TABLE messages RENAME said_by TO role")
    source.once()
    source.check()
    assert source.source.store.load().ranges == {}


def test_told_that_a_chatbot_came_and_gone(platform: Platform, follows: Callable[..., Follows]) -> None:
    """Whoever took it over died before it read what waited for it: the next one does."""
    platform.run("ALTER TABLE conversations DROP CONSTRAINT conversations_chatbot_id_fkey")
    bot = "00000000-0000-0000-0000-000000000000"
    _, (_, answered) = platform.conversation("Where?", "There", bot=bot)
    platform.vote(answered, "negative")
    source = follows()
    source.once()
    assert sum(source.aside().values()) == 4
    platform.new_bot(bot)
    accounts = SourceAccounts(source.engine.accounts, platform.company, source.mapping)
    with SourceReader(parse_address(platform.url)) as reader:
        assert bot in TakenOverAccounts(accounts).refresh(reader).to_read
    source.once()
    source.check()
    assert (source.aside(), source.here()["total_messages"]) == ({}, 2)


def test_accounts_are_asked_once_for_many_chatbots_of_nobody(
    platform: Platform, follows: Callable[..., Follows], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that were named when the source was asked are known to be none."""
    platform.run("ALTER TABLE conversations DROP CONSTRAINT conversations_chatbot_id_fkey")
    for number in range(30):
        platform.conversation("Where?", bot=f"00000000-0000-0000-0000-0000000000{number:02}")
    asked, refresh = [], TakenOverAccounts.refresh

    def noted(accounts: TakenOverAccounts, reader: SourceReader) -> object:
        asked.append(None)
        return refresh(accounts, reader)

    monkeypatch.setattr(TakenOverAccounts, "refresh", noted)
    source = follows()
    source.once()
    assert sum(source.aside().values()) == 60
    assert len(asked) < 10


def test_handed_over_and_moved_while_nobody_follows(
    platform: Platform, follows: Callable[..., Follows], tmp_path: Path
) -> None:
    """What has no revision is said where the conversation is by now, too."""
    mapping = tmp_path / "own.toml"
    built_in = Path("src/botlens/sources/postgres/mappings/supabase.toml").read_text()
    handoff = '[handoff]\ntable = "handoffs"\nconversation = "conversation_id"\ncreated_at = "created_at"\n'
    mapping.write_text(f"{built_in}\n{handoff}")
    platform.run(
        "CREATE TABLE handoffs (id serial PRIMARY KEY, conversation_id uuid, created_at timestamptz)"
    )
    conversation, _ = platform.conversation("Where?", "There")
    platform.run("INSERT INTO handoffs (conversation_id, created_at) VALUES (%s, %s)", conversation, AT)
    bot = platform.new_bot()
    source = follows("sweep", mapping=read_mapping(str(mapping)))
    source.once()
    platform.move(conversation, bot)
    source.once()
    source.once()
    source.engine.commits.flush()
    snapshots = source.engine.commits.snapshots
    key = bot, conversation
    (state,) = snapshots.read(platform.company, lambda reader: load_states(reader, [key])).values()
    assert (len(state.messages), len(state.handoffs)) == (2, 1)
