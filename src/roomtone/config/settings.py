"""Every setting, with its unit and the reason for its default.

One frozen struct a table of the settings file; unknown keys are refused when a file is read.
Stages get their own struct passed in and never look anything up.
"""

from typing import Annotated, Literal

import msgspec

DAY_S = 86_400.0
"""No call is longer; what is to be infinite or no number is refused with it."""

Positive = Annotated[float, msgspec.Meta(gt=0, le=DAY_S)]
Pause = Annotated[float, msgspec.Meta(gt=0, le=2)]
"""A pause or burst within speech; of two seconds, it is no longer within."""
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]
State = Literal["neutral", "confident", "excited", "guarded", "upset", "defeated"]
"""How somebody may have sounded; the values of ``Label`` without ``cannot_tell``."""


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


NO_SYSTEM = "none"
"""Instead of an output, for a call that is heard on the microphone alone."""


class AudioSettings(_Settings, frozen=True, kw_only=True):
    """Where a live call is heard (``[audio]``)."""

    microphone: str = ""
    """The seller's side: a device by name or part of its name; empty means the system's default."""
    system: str = ""
    """The customer's side: the output whose sound is heard, likewise; empty means the one in use, and
    ``none`` that the microphone is all there is."""


class EchoSettings(_Settings, frozen=True, kw_only=True):
    """The customer's voice in the seller's microphone (``[echo]``)."""

    enabled: bool = True
    """Whether to look for it and keep it out. It costs one or two hundredths of a core."""


class VadSettings(_Settings, frozen=True, kw_only=True):
    """Who speaks when (``[vad]``)."""

    threshold: Share = 0.5
    """Silero probability at which speech begins; the model's own recommended value."""
    release_threshold: Share = 0.35
    """Silero probability below which a frame is silent; 0.15 below the other, as its authors do."""
    bridge_s: Pause = 0.3
    """Pauses shorter than this belong to the speech around them."""
    min_speech_s: Pause = 0.1
    """Shorter bursts are clicks, not speech."""
    pause_s: Annotated[float, msgspec.Meta(gt=0, le=5)] = 0.9
    """Silence that closes an utterance and sends it to the recogniser. With 0.6 s sentences were cut at
    breaths, and the word error rate of telephone speech rose from 21 % to 29 %."""
    max_utterance_s: Annotated[float, msgspec.Meta(ge=5, le=28)] = 24.0
    """An utterance is cut at its quietest point before this; Whisper hears at most 30 s at once."""

    def __post_init__(self) -> None:
        if self.release_threshold > self.threshold:
            raise ValueError(
                f"`release_threshold` ({self.release_threshold:g}) must not be above"
                f" `threshold` ({self.threshold:g})"
            )


class WhisperSettings(_Settings, frozen=True, kw_only=True):
    """Speech to words (``[whisper]``)."""

    model: str = "base"
    """Name in the manifest, any faster-whisper model name, or a folder with a converted model."""
    smaller_model: str = "tiny.en"
    """Taken for a while when a live call is far behind, if it is here and knows the language; empty
    means none."""
    language: str = "auto"
    """ISO 639-1 code such as ``en``, or ``auto``: pinned once the first utterances made it sure."""
    beam_size: Count = 5
    """Hypotheses kept while decoding; 5 is the value of Whisper's authors."""
    threads: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Threads of the recogniser; 0 means one core less than the machine has, at most 4."""


class ReplaySettings(_Settings, frozen=True, kw_only=True):
    """Recorded calls (``[replay]``)."""

    seller_channel: Literal["left", "right"] = "left"
    """Which channel of a stereo file is the seller; recorders put their own user on the left."""
    final_delay_s: Positive = 1.0
    """Session time between the end of an utterance and its words, as in a live call; fixed, so that a
    replay gives the same events on a slow and on a fast machine."""


class ConversationSettings(_Settings, frozen=True, kw_only=True):
    """Turns and figures (``[conversation]``)."""

    window_s: Positive = 300.0
    """The moving window of the talk share: five minutes, the one the coaching figures speak of."""
    backchannel_s: Positive = 1.0
    """Shorter speech ("mm-hm", a cough) does not take the floor."""
    turn_silence_s: Positive = 2.0
    """Silence of both sides after which a turn is over although nobody took the floor."""
    monologue_break_s: Positive = 5.0
    """A silence this long ends a monologue: whoever wanted to speak could have."""
    min_speech_s: Positive = 10.0
    """No talk share is shown before each side has been heard this long."""


class TalkShareNudge(_Settings, frozen=True, kw_only=True):
    """You talk most of the time (``[nudges.talk_share]``)."""

    enabled: bool = True
    quiet_share: Share = 0.65
    """Above 65 % calls convert less (Gong, 25,537 calls)."""
    strong_share: Share = 0.75
    """Clearly a lecture."""
    dead_band: Share = 0.05
    """The nudge is taken back this far below its threshold, so that it does not flicker."""
    min_speech_s: Positive = 60.0
    """Speech of both sides in the window before the share says anything."""
    sustain_s: Positive = 10.0
    """How long it must hold before it is said."""

    def __post_init__(self) -> None:
        if self.quiet_share >= self.strong_share:
            raise ValueError(
                f"`quiet_share` ({self.quiet_share:g}) must be below `strong_share` ({self.strong_share:g})"
            )


class MonologueNudge(_Settings, frozen=True, kw_only=True):
    """You have been talking for long (``[nudges.monologue]``)."""

    enabled: bool = True
    quiet_s: Positive = 76.0
    """The average of good sellers' longest monologue (Demodesk, 328 meetings)."""
    strong_s: Positive = 150.0
    """Twice that: the customer has stopped listening."""

    def __post_init__(self) -> None:
        if self.quiet_s >= self.strong_s:
            raise ValueError(f"`quiet_s` ({self.quiet_s:g}) must be below `strong_s` ({self.strong_s:g})")


class QuestionsNudge(_Settings, frozen=True, kw_only=True):
    """You have not asked anything (``[nudges.questions]``)."""

    enabled: bool = True
    after_s: Positive = 180.0
    """Three minutes: 11-14 questions in a discovery call are one every three (Gong)."""
    min_seller_speech_s: Positive = 45.0
    """While the customer tells a long story, nothing needs to be asked."""


class PatienceNudge(_Settings, frozen=True, kw_only=True):
    """You answer too fast (``[nudges.patience]``)."""

    enabled: bool = True
    median_s: Share = 0.1
    """Well below the 1 s that coaches advise (secondary sources citing Gong): only a habit is named."""
    answers: Count = 5
    """How many answers in a row are looked at."""


class InterruptedNudge(_Settings, frozen=True, kw_only=True):
    """You came in while they were speaking (``[nudges.interrupted]``)."""

    enabled: bool = True


class SoundedNudge(_Settings, frozen=True, kw_only=True):
    """How the customer sounded (``[nudges.sounded]``)."""

    enabled: bool = True
    states: tuple[State, ...] = ("guarded", "upset", "defeated", "excited")
    """States worth a word; confident and neutral need none."""
    min_probability: Share = 0.6
    """Below this a reading is shown, not nudged."""


class NudgeSettings(_Settings, frozen=True, kw_only=True):
    """When to speak up (``[nudges]``)."""

    enabled: bool = True
    any_gap_s: Positive = 30.0
    """Between any two nudges."""
    same_gap_s: Positive = 120.0
    """Between two nudges of one kind."""
    show_s: Positive = 12.0
    """How long a nudge stays when nothing takes it back."""
    max_delay_s: Positive = 3.0
    """A nudge that would come later than this after its cause is dropped."""
    talk_share: TalkShareNudge = TalkShareNudge()
    monologue: MonologueNudge = MonologueNudge()
    questions: QuestionsNudge = QuestionsNudge()
    patience: PatienceNudge = PatienceNudge()
    interrupted: InterruptedNudge = InterruptedNudge()
    sounded: SoundedNudge = SoundedNudge()


class ReadingSettings(_Settings, frozen=True, kw_only=True):
    """How they sounded (``[reading]``)."""

    enabled: bool = True
    read_seller: bool = False
    """Only the customer is read unless the seller asks to be read too."""
    min_probability: Share = 0.5
    """Below this a reading says "can't tell"."""
    settle_turns: Count = 3
    """Turns of a voice heard before it is judged against itself."""


class StorageSettings(_Settings, frozen=True, kw_only=True):
    """What is kept (``[storage]``)."""

    directory: str = ""
    """Folder of the calls; empty means the user's data directory."""
    keep_audio: bool = False
    """Whether the sound of a live call is kept beside its log; about 130 MB an hour."""


class Settings(_Settings, frozen=True, kw_only=True):
    """All of it."""

    audio: AudioSettings = AudioSettings()
    echo: EchoSettings = EchoSettings()
    vad: VadSettings = VadSettings()
    whisper: WhisperSettings = WhisperSettings()
    replay: ReplaySettings = ReplaySettings()
    conversation: ConversationSettings = ConversationSettings()
    nudges: NudgeSettings = NudgeSettings()
    reading: ReadingSettings = ReadingSettings()
    storage: StorageSettings = StorageSettings()
