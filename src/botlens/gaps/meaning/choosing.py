"""Which model is used: the one that an operator names, else the plain install's, else none, said aloud."""

from dataclasses import dataclass
from pathlib import Path

from botlens.gaps.meaning import sentences, words
from botlens.gaps.meaning.mix import MixedModel
from botlens.gaps.meaning.model import Model, ModelError
from botlens.gaps.meaning.onnx import OnnxModel
from botlens.gaps.meaning.sentences import SentenceModel
from botlens.gaps.meaning.words import WordModel


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model, or why there is none.

    Attributes:
        model: None where questions can only be grouped by their normal form.
        missing: why there is no model and what to do, in a sentence; None where there is one.
    """

    model: Model | None
    missing: str | None


def model_of(model: str | None = None, url: str | None = None, key: str | None = None) -> ModelChoice:
    """The model that is meant by the settings; the weights of packages have been looked at.

    Where one was named that cannot be used, there is none: the vectors of another model in its place would be
    of no use as soon as it is there again.

    Args:
        model: the folder of an ONNX model; with `url`, the name of a model there.
        url: of an endpoint for embeddings, up to `/embeddings`.
        key: of the endpoint.
    """
    try:
        sentences.PACKAGE.check()
        if url:
            return ModelChoice(_beside(_of_endpoint(url, model, key)), None)
        if model:
            return ModelChoice(_beside(OnnxModel(Path(model).expanduser())), None)
        words.PACKAGE.check()
    except ModelError as error:
        sentence = str(error).rstrip(".")
        return ModelChoice(None, f"Questions are grouped by their words alone, not by meaning: {sentence}.")
    return ModelChoice(_plain(), None)


def _plain() -> Model:
    return MixedModel([(WordModel(), 0.4), (SentenceModel(), 0.6)], cut=0.46, plain=True)


def _beside(named: Model) -> Model:
    """The model that was named, with the one of many languages."""
    return MixedModel([(named, 0.5), (SentenceModel(), 0.5)], cut=0.48, plain=False)


def _of_endpoint(url: str, model: str | None, key: str | None) -> Model:
    if not model:
        raise ModelError(
            "BOTLENS_EMBEDDING_URL needs BOTLENS_EMBEDDING_MODEL, the model's name at the endpoint"
        )
    from botlens.gaps.meaning.endpoint import EndpointModel  # an HTTP client, which no other model needs

    return EndpointModel(url, model, key)
