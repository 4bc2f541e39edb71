"""Who is told of the changes of a company."""

from collections.abc import Collection, Iterator

from botlens.commit.watching import Watching


def keys() -> Iterator[tuple[str, str]]:
    """Of what changed; whoever looks at them for nobody fails."""
    raise AssertionError("nobody watches")
    yield "", ""


def test_where_nobody_watches_nothing_is_looked_at() -> None:
    """Not even which chatbots changed."""
    watching = Watching()
    watching.watch("acme", lambda _: None)()
    watching.watch("other", lambda _: None)
    watching.changed("acme", keys())


def test_all_who_watch_are_told_until_they_leave() -> None:
    """Of the chatbots, once each; one that fails keeps nobody from being told."""
    watching, heard = Watching(), list[Collection[str] | None]()

    def fails(_: object) -> None:
        raise ValueError

    watching.watch("acme", fails)
    leave = watching.watch("acme", heard.append)
    watching.changed("acme", [("bot", "a"), ("bot", "b"), ("shop", "c")])
    watching.changed("other", [("bot", "a")])
    watching.all_changed()
    assert heard == [{"bot", "shop"}, None]
    leave()
    leave()
    watching.changed("acme", [("bot", "a")])
    assert len(heard) == 2
