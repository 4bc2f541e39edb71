"""Settings that are more than a word or a number."""

import pytest

from botlens.errors import InvalidError
from botlens.settings import Settings


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://a.example, http://localhost:5173", ("https://a.example", "http://localhost:5173")),
        ("HTTPS://A.Example:443,http://b:80,http://c:443", ("https://a.example", "http://b", "http://c:443")),
    ],
)
def test_origins(monkeypatch: pytest.MonkeyPatch, said: str, read: tuple[str, ...]) -> None:
    """As browsers send them: in small letters, without the port that goes without saying."""
    monkeypatch.setenv("BOTLENS_CORS_ORIGINS", said)
    assert Settings.read().cors_origins == read


@pytest.mark.parametrize(
    "said", ["a.example", "https://a.example/", "null", "https://*.a.example/x", "ftp://a"]
)
def test_what_is_no_origin(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """It would never match; so it is refused at the start, by the name of the setting."""
    monkeypatch.setenv("BOTLENS_CORS_ORIGINS", said)
    with pytest.raises(InvalidError, match=r"BOTLENS_CORS_ORIGINS: .* is no origin"):
        Settings.read()
