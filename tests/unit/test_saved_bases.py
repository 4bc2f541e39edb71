"""What is known of the numbers that are saved."""

from botlens.store.saved_bases import SavedBase, SavedBases

OLD, NEW = SavedBase(1, 20_000), SavedBase(2, 20_001)


def test_where_the_store_is_to_be_asked_it_stays_so() -> None:
    """Saving one chatbot while companies came from another process does not hide what others have."""
    bases = SavedBases()
    assert bases.known("acme") is None
    bases.learn({"acme": {"bot": OLD, "other": OLD}})
    bases.keep("acme", "bot", (OLD, NEW))
    assert bases.holds("acme", "bot", NEW)
    assert bases.known("of another") == {}
    bases.clear()
    bases.keep("acme", "bot", [NEW])
    assert bases.known("acme") is None
    bases.learn({"acme": {"bot": NEW, "other": OLD}})
    assert bases.known("acme") == {"bot": (NEW,), "other": (OLD,)}
