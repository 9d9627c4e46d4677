"""The Silero voice activity detector on onnxruntime, one thread."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roomtone.errors import ModelError

CONTEXT_SAMPLES = 64
"""The model wants the end of the previous frame in front of each frame."""
STATE_SHAPE = (1, 1, 128)


class SileroDetector:
    """Implements ``VoiceActivityDetector`` for 16 kHz audio; carries context and state along.

    Raises ``ModelError`` when the file is missing or is not the model.
    """

    frame_samples = 512

    def __init__(self, model_file: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(model_file), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(
                f"The voice activity model {model_file} cannot be loaded; "
                "reinstall the faster-whisper package, which brings it",
                code="vad_damaged",
            ) from error
        self.reset()

    def reset(self) -> None:
        """Forget the audio heard so far."""
        self._hidden = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._cell = np.zeros(STATE_SHAPE, dtype=np.float32)
        self._context = np.zeros((1, CONTEXT_SAMPLES), dtype=np.float32)

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return one probability a frame for ``frames`` of shape ``(n, 512)``, in order."""
        if not len(frames):
            return np.zeros(0, dtype=np.float32)
        contexts = np.concatenate([self._context, frames[:-1, -CONTEXT_SAMPLES:]])
        self._context = frames[-1:, -CONTEXT_SAMPLES:].copy()
        output, self._hidden, self._cell = self._session.run(
            None,
            {"input": np.concatenate([contexts, frames], axis=1), "h": self._hidden, "c": self._cell},
        )
        return np.asarray(output, dtype=np.float32).reshape(-1)
