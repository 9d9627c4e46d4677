"""A sentence as a point among sentences: near what means the same, whatever the words."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.errors import ModelError

Vector = NDArray[np.float32]

WIDTH = 384
"""Of a vector of all-MiniLM-L6-v2."""
_MOST_TOKENS = 96
"""Some 75 words, beyond which a sentence says several things and its vector none of them; bounds the cost."""


class SentenceEmbedding:
    """The model all-MiniLM-L6-v2: mean of its last layer over the tokens, of length one.

    Raises ``ModelError`` when a file is missing or is no such model.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        import tokenizers

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                (folder / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(_MOST_TOKENS)
            fits = self.embed("to try").shape == (WIDTH,)
        except Exception as error:
            raise _damaged(folder) from error
        if not fits:
            raise _damaged(folder)

    def embed(self, text: str) -> Vector:
        """Return the vector of a text. One at a time: in a batch the others would change its last digits."""
        ids = np.array([self._tokenizer.encode(text).ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, inputs)
        mean = hidden[0].mean(axis=0)
        vector: Vector = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
        return vector


def _damaged(folder: Path) -> ModelError:
    return ModelError(
        f"The sentence embedding in {folder} is missing or damaged; run: roomtone models fetch minilm",
        code="embedding_damaged",
    )
