"""The settings of the nudges: a table a kind, each figure with its source."""

from roomtone.config.fields import Count, Positive, Share, State, Table


class TalkShareNudge(Table, frozen=True, kw_only=True):
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


class MonologueNudge(Table, frozen=True, kw_only=True):
    """You have been talking for long (``[nudges.monologue]``)."""

    enabled: bool = True
    quiet_s: Positive = 76.0
    """The average of good sellers' longest monologue (Demodesk, 328 meetings)."""
    strong_s: Positive = 150.0
    """Twice that: the customer has stopped listening."""

    def __post_init__(self) -> None:
        if self.quiet_s >= self.strong_s:
            raise ValueError(f"`quiet_s` ({self.quiet_s:g}) must be below `strong_s` ({self.strong_s:g})")


class QuestionsNudge(Table, frozen=True, kw_only=True):
    """You have not asked anything (``[nudges.questions]``)."""

    enabled: bool = True
    after_s: Positive = 180.0
    """Three minutes: 11-14 questions in a discovery call are one every three (Gong)."""
    min_seller_speech_s: Positive = 45.0
    """While the customer tells a long story, nothing needs to be asked."""


class PatienceNudge(Table, frozen=True, kw_only=True):
    """You answer too fast (``[nudges.patience]``)."""

    enabled: bool = True
    median_s: Share = 0.1
    """Well below the 1 s that coaches advise (secondary sources citing Gong): only a habit is named."""
    answers: Count = 5
    """How many answers in a row are looked at."""


class InterruptedNudge(Table, frozen=True, kw_only=True):
    """You came in while they were speaking (``[nudges.interrupted]``)."""

    enabled: bool = True


class SoundedNudge(Table, frozen=True, kw_only=True):
    """How the customer sounded (``[nudges.sounded]``)."""

    enabled: bool = True
    states: tuple[State, ...] = ("guarded", "upset", "defeated", "excited")
    """States worth a word; confident and neutral need none."""
    min_probability: Share = 0.6
    """Below this a reading is shown, not nudged."""


class ClosedQuestionsNudge(Table, frozen=True, kw_only=True):
    """Closed questions in a row (``[nudges.closed_questions]``)."""

    enabled: bool = True
    in_a_row: Count = 4
    """Three are a clarification, four begin to be an interrogation."""
    within_s: Positive = 180.0
    """Questions further apart than this are no row."""


class PaceNudge(Table, frozen=True, kw_only=True):
    """You speak faster than you usually do (``[nudges.pace]``)."""

    enabled: bool = True
    rise: Share = 0.2
    """Above the seller's own pace in this call."""
    highest_wpm: Positive = 190.0
    """Words a minute that are too fast for anybody (Microsoft 100-165, Read.ai 130-175)."""
    min_speech_s: Positive = 20.0
    """Speech of the seller in the last minute before their pace says anything."""


class FillersNudge(Table, frozen=True, kw_only=True):
    """A cluster of fillers (``[nudges.fillers]``)."""

    enabled: bool = True
    share: Share = 0.04
    """Of the seller's words of the last minute (Read.ai)."""
    least: Count = 6
    """Fewer are no cluster, whatever their share."""


class SmallTalkNudge(Table, frozen=True, kw_only=True):
    """Small talk skipped, or long (``[nudges.small_talk]``)."""

    enabled: bool = True
    long_s: Positive = 300.0
    """Twice the two to three minutes of the teaching."""


class FeelingNudge(Table, frozen=True, kw_only=True):
    """Ask how they feel about a price or a proposal (``[nudges.feeling]``)."""

    enabled: bool = True
    most: Count = 3
    """A few times a call (T5); more is a tic."""


class PushBackNudge(Table, frozen=True, kw_only=True):
    """Pause and acknowledge (``[nudges.pushback]``)."""

    enabled: bool = True
    min_probability: Share = 0.5
    """Of the push-back; the model is chosen for precision already."""


class UnansweredNudge(Table, frozen=True, kw_only=True):
    """Their question was not answered (``[nudges.unanswered]``)."""

    enabled: bool = True
    after_s: Positive = 20.0
    """How long the seller may speak past a question before it counts as passed over."""


class PromiseNudge(Table, frozen=True, kw_only=True):
    """You promised something that is not on the safe list (``[nudges.promise]``)."""

    enabled: bool = True


class LostNudge(Table, frozen=True, kw_only=True):
    """They seem lost or undecided (``[nudges.lost]``)."""

    enabled: bool = True
    signs: Count = 2
    """Signs of confusion or indecision; one is ordinary."""
    within_s: Positive = 120.0


class AboutThemNudge(Table, frozen=True, kw_only=True):
    """Talk about them, not about us (``[nudges.about_them]``)."""

    enabled: bool = True
    share_us: Share = 0.75
    """Of the seller's words for either side in the window."""
    least: Count = 20
    """Such words before their balance says anything."""


class AgendaNudge(Table, frozen=True, kw_only=True):
    """A point not yet covered (``[nudges.agenda]``)."""

    enabled: bool = True
    minutes_left: Positive = 10.0


class NextStepNudge(Table, frozen=True, kw_only=True):
    """No next step yet (``[nudges.next_step]``)."""

    enabled: bool = True
    minutes_left: Positive = 5.0


class SilentNudge(Table, frozen=True, kw_only=True):
    """They have been silent for long (``[nudges.silent]``)."""

    enabled: bool = True
    after_s: Positive = 120.0
    """Without a word of theirs that took the floor."""


class GoodPauseNudge(Table, frozen=True, kw_only=True):
    """That pause was right (``[nudges.good_pause]``)."""

    enabled: bool = True
    most: Count = 2
    """Praise is rare, or it is noise."""


class NudgeSettings(Table, frozen=True, kw_only=True):
    """When to speak up (``[nudges]``)."""

    enabled: bool = True
    any_gap_s: Positive = 30.0
    """Between any two nudges."""
    same_gap_s: Positive = 120.0
    """Between two nudges of one kind."""
    show_s: Positive = 12.0
    """How long a nudge stays when nothing takes it back."""
    per_ten_minutes: Count = 8
    """The budget of attention: more is a wall of advice. Strong ones are said beyond it."""
    off: tuple[str, ...] = ()
    """Kinds that are switched off, by their names; those of other packages too."""
    max_delay_s: Positive = 3.0
    """A nudge that would come later than this after its cause is dropped."""
    talk_share: TalkShareNudge = TalkShareNudge()
    monologue: MonologueNudge = MonologueNudge()
    questions: QuestionsNudge = QuestionsNudge()
    patience: PatienceNudge = PatienceNudge()
    interrupted: InterruptedNudge = InterruptedNudge()
    sounded: SoundedNudge = SoundedNudge()
    closed_questions: ClosedQuestionsNudge = ClosedQuestionsNudge()
    pace: PaceNudge = PaceNudge()
    fillers: FillersNudge = FillersNudge()
    small_talk: SmallTalkNudge = SmallTalkNudge()
    feeling: FeelingNudge = FeelingNudge()
    pushback: PushBackNudge = PushBackNudge()
    unanswered: UnansweredNudge = UnansweredNudge()
    promise: PromiseNudge = PromiseNudge()
    lost: LostNudge = LostNudge()
    about_them: AboutThemNudge = AboutThemNudge()
    agenda: AgendaNudge = AgendaNudge()
    next_step: NextStepNudge = NextStepNudge()
    silent: SilentNudge = SilentNudge()
    good_pause: GoodPauseNudge = GoodPauseNudge()
