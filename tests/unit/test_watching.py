"""Who is told of the changes of a company."""

from collections.abc import Collection

from botlens.commit.watching import Watching


def test_all_who_watch_are_told_until_they_leave() -> None:
    """Of the chatbots of their company; one that fails keeps nobody from being told."""
    watching, heard = Watching(), list[Collection[str] | None]()

    def fails(_: object) -> None:
        raise ValueError

    watching.watch("acme", fails)
    leave = watching.watch("acme", heard.append)
    watching.changed("acme", {"bot", "shop"})
    watching.changed("other", {"bot"})
    watching.all_changed()
    assert heard == [{"bot", "shop"}, None]
    leave()
    leave()
    watching.changed("acme", {"bot"})
    assert len(heard) == 2
