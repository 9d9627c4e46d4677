"""Every setting, with its unit and the reason for its default.

One frozen struct a table of the settings file; unknown keys are refused when a file is read.
Stages get their own struct passed in and never look anything up.
"""

from typing import Annotated, Literal

import msgspec

from roomtone.config.conversation import ConversationSettings
from roomtone.config.fields import Count, Pause, Positive, Share, Table
from roomtone.config.nudges import NudgeSettings

NO_SYSTEM = "none"
"""Instead of an output, for a call that is heard on the microphone alone."""


class AudioSettings(Table, frozen=True, kw_only=True):
    """Where a live call is heard (``[audio]``)."""

    microphone: str = ""
    """The seller's side: a device by name or part of its name; empty means the system's default."""
    system: str = ""
    """The customer's side: the output whose sound is heard, likewise; empty means the one in use, and
    ``none`` that the microphone is all there is."""


class EchoSettings(Table, frozen=True, kw_only=True):
    """The customer's voice in the seller's microphone (``[echo]``)."""

    enabled: bool = True
    """Whether to look for it and keep it out. It costs one or two hundredths of a core."""


class VadSettings(Table, frozen=True, kw_only=True):
    """Who speaks when (``[vad]``)."""

    threshold: Share = 0.5
    """Silero probability at which speech begins; the model's own recommended value."""
    release_threshold: Share = 0.35
    """Silero probability below which a frame is silent; 0.15 below the other, as its authors do."""
    bridge_s: Pause = 0.3
    """Pauses shorter than this belong to the speech around them."""
    min_speech_s: Pause = 0.1
    """Shorter bursts are clicks, not speech."""
    pause_s: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.8
    """Silence that closes an utterance and sends it to the recogniser. With 0.6 s sentences were cut at
    breaths, and the word error rate of telephone speech rose from 21 % to 29 %; with 0.9 s it is no better
    than with 0.8 s, and the words come later."""
    max_utterance_s: Annotated[float, msgspec.Meta(ge=5, le=28)] = 24.0
    """An utterance is cut at its quietest point before this; Whisper hears at most 30 s at once."""

    def __post_init__(self) -> None:
        if self.release_threshold > self.threshold:
            raise ValueError(
                f"`release_threshold` ({self.release_threshold:g}) must not be above"
                f" `threshold` ({self.threshold:g})"
            )


class WhisperSettings(Table, frozen=True, kw_only=True):
    """Speech to words (``[whisper]``)."""

    model: str = "base"
    """Name in the manifest, any faster-whisper model name, or a folder with a converted model."""
    smaller_model: str = "tiny.en"
    """Taken for a while when a live call is far behind, if it is here and knows the language; empty
    means none."""
    language: str = "auto"
    """ISO 639-1 code such as ``en``, or ``auto``: pinned once the first utterances made it sure."""
    glossary: str = ""
    """File with names and terms that may be said, one a line; empty means none."""
    beam_size: Count = 5
    """Hypotheses kept while decoding; 5 is the value of Whisper's authors."""
    threads: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Threads of the recogniser; 0 means one core less than the machine has, at most 4."""


class ServerSettings(Table, frozen=True, kw_only=True):
    """Words from another machine (``[server]``): the sound of the call is sent there."""

    url: str = ""
    """A server that speaks the OpenAI transcription API, such as ``http://server:8000``; empty means that
    nothing leaves this machine."""
    model: str = "whisper-1"
    """What the server calls its model."""
    key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key, where the server wants one."""
    timeout_s: Annotated[float, msgspec.Meta(gt=0, le=120)] = 8.0
    """How long it may take to an answer; then the words come from the local model. Words later than that are
    of little use in a call."""


class ReplaySettings(Table, frozen=True, kw_only=True):
    """Recorded calls (``[replay]``)."""

    seller_channel: Literal["left", "right"] = "left"
    """Which channel of a stereo file is the seller; recorders put their own user on the left."""
    final_delay_s: Positive = 1.0
    """Session time between the end of an utterance and its words, as in a live call; fixed, so that a
    replay gives the same events on a slow and on a fast machine."""


class CallSettings(Table, frozen=True, kw_only=True):
    """The call that is coming (``[call]``)."""

    playbook: str = ""
    """The playbook whose figures hold where nothing here says otherwise: a name such as discovery, or a TOML
    file; empty means none."""
    planned_minutes: Annotated[float, msgspec.Meta(ge=0, le=24 * 60)] = 0.0
    """How long the call is meant to last; 0 means that nobody knows, and nothing is said about time left."""


class ActSettings(Table, frozen=True, kw_only=True):
    """What sentences do: questions, push-back, promises (``[acts]``)."""

    enabled: bool = True
    """Whether they are recognised; most nudges about what was said need it."""


class ReadingSettings(Table, frozen=True, kw_only=True):
    """How they sounded (``[reading]``)."""

    enabled: bool = True
    read_seller: bool = False
    """Only the customer is read unless the seller asks to be read too."""
    colleague_voice: bool = False
    """In practice a colleague is read from words and timing alone, unless they themselves want their voice
    to be read as well."""
    min_probability: Share = 0.5
    """Below this a reading says "can't tell"; each state has a least probability of its own as well."""
    settle_turns: Count = 3
    """Turns of a voice heard before it is judged against itself."""


class StorageSettings(Table, frozen=True, kw_only=True):
    """What is kept (``[storage]``)."""

    directory: str = ""
    """Folder of the calls; empty means the user's data directory."""
    keep_audio: bool = False
    """Whether the sound of a live call is kept beside its log; about 130 MB an hour."""


class Settings(Table, frozen=True, kw_only=True):
    """All of it."""

    audio: AudioSettings = AudioSettings()
    echo: EchoSettings = EchoSettings()
    vad: VadSettings = VadSettings()
    whisper: WhisperSettings = WhisperSettings()
    server: ServerSettings = ServerSettings()
    replay: ReplaySettings = ReplaySettings()
    call: CallSettings = CallSettings()
    acts: ActSettings = ActSettings()
    conversation: ConversationSettings = ConversationSettings()
    nudges: NudgeSettings = NudgeSettings()
    reading: ReadingSettings = ReadingSettings()
    storage: StorageSettings = StorageSettings()
