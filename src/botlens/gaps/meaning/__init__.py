"""What questions mean: models that make vectors of texts, and which of them is used."""

from botlens.gaps.meaning.choosing import ModelChoice, model_of
from botlens.gaps.meaning.model import Model, ModelError, Vectors

__all__ = ["Model", "ModelChoice", "ModelError", "Vectors", "model_of"]
