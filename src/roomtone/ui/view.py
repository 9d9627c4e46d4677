"""What the overlay shows at one moment, and the words it uses: frozen values, no screen library."""

from dataclasses import dataclass
from enum import StrEnum

from roomtone.types import Echo, Label, Speaker

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600

NAMES = {Speaker.SELLER: "You", Speaker.CUSTOMER: "Them", Speaker.UNKNOWN: "Voice"}
"""How each side is called on the seller's screen."""

TOO_LITTLE_SPEECH = "too little speech yet"
ONE_SIDE_ONLY = "one side only"
NOT_SEPARATED = "sides not separated"
ECHO = "your microphone hears them too"
"""The reasons for not showing a talk share."""

CONSENT_SENTENCE = "Ask: “May an assistant on my computer listen along?”"
CONSENT_KEYS = "c when they agree; if not, q, and roomtone listen --mic-only"
"""The card at the beginning of a call."""

ECHO_NAMES = {
    Echo.UNKNOWN: "",
    Echo.NONE: "headphones",
    Echo.REMOVED: "echo removed",
    Echo.UNTRUSTED: "echo",
}
"""How the sound of the call is, in a word or two beside the clock."""

_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_WITHOUT_CONTROLS = {code: None for code in _CONTROLS if not chr(code).isspace()}
"""C0, C1 and text direction overrides: they could move the cursor or turn a line around."""


class SideState(StrEnum):
    """Whether a side is heard, in the words shown."""

    SPEAKING = "speaking"
    QUIET = "quiet"
    NOT_HEARD_YET = "not heard yet"
    NOT_HEARD = "not heard"
    """Silent although it should not be."""
    LOST = "not connected"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class HeadView:
    """Which call this is and how long it has been going on."""

    clock: str
    title: str
    mode: str
    ended: bool
    echo: str = ""
    """Whether the microphone hears the customer too, where that was judged."""
    phase: str = ""
    """Where in the call it is and for how long, as far as that is known."""


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of the call; ``percent`` is its share of the talk, None where it cannot be told."""

    speaker: Speaker
    state: SideState
    share: float | None = None
    percent: int | None = None

    @property
    def name(self) -> str:
        """The word for this side."""
        return NAMES[self.speaker]


@dataclass(frozen=True, slots=True)
class TalkView:
    """Who talks how much. ``reason`` says why the shares are None and is empty when they are known."""

    reason: str = TOO_LITTLE_SPEECH
    window_percent: int | None = None
    """The seller's share of the moving window, None until the call is longer than it."""
    window_name: str = ""
    monologue: str = ""
    """Who has been talking for how long on end; empty unless it is long enough to matter."""


@dataclass(frozen=True, slots=True)
class ReadingView:
    """How the customer sounded last."""

    headline: str
    evidence: tuple[str, ...] = ()
    age: str = ""
    fresh: bool = False
    """Whether it is news: a state they were just heard in."""


@dataclass(frozen=True, slots=True)
class NudgeView:
    """The one nudge on the screen, or a card in its place, which has no id and cannot be answered."""

    nudge_id: str
    severity: str
    message: str
    evidence: str


@dataclass(frozen=True, slots=True)
class PointView:
    """One point of the agenda; ``at`` is when it was covered, empty where only the seller says so."""

    number: int
    text: str
    covered: bool
    at: str = ""


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The seller's points, none without an agenda."""

    points: tuple[PointView, ...] = ()

    @property
    def covered(self) -> int:
        """How many points were covered."""
        return sum(point.covered for point in self.points)

    @property
    def next(self) -> PointView | None:
        """The first point that was not."""
        return next((point for point in self.points if not point.covered), None)


@dataclass(frozen=True, slots=True)
class LineView:
    """One utterance of the transcript; ``tentative`` words may still change."""

    at: str
    """When it began; empty while it is still going on."""
    speaker: Speaker
    text: str
    tentative: str = ""

    @property
    def name(self) -> str:
        """The word for the side that spoke."""
        return NAMES[self.speaker]


@dataclass(frozen=True, slots=True)
class FootView:
    """The last line: what there is to say in one sentence, and which keys do something."""

    status: str = ""
    """What cannot be told, has failed or lags, or a short answer; empty when all is well."""
    is_amiss: bool = False
    has_phase: bool = False
    points: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """Everything on the screen. Two equal views need no repainting."""

    head: HeadView
    sides: tuple[SideView, ...]
    talk: TalkView
    reading: ReadingView
    nudge: NudgeView | None
    agenda: AgendaView
    lines: tuple[LineView, ...]
    foot: FootView

    @property
    def status(self) -> str:
        """The one sentence at the foot."""
        return self.foot.status


def clock(at_s: float) -> str:
    """Return a session time as ``mm:ss``, or ``h:mm:ss`` from one hour on."""
    whole_s = max(0, int(at_s))
    minutes, seconds = divmod(whole_s % SECONDS_PER_HOUR, SECONDS_PER_MINUTE)
    hours = whole_s // SECONDS_PER_HOUR
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"


def span(duration_s: float) -> str:
    """Return a length of time as ``m:ss``, or ``h:mm:ss`` from one hour on."""
    text = clock(duration_s)
    return text[1:] if text.startswith("0") and duration_s < SECONDS_PER_HOUR else text


def age(elapsed_s: float) -> str:
    """Return how long ago something was, in steps coarse enough to be read rather than watched."""
    if elapsed_s < 10:
        return "just now"
    if elapsed_s < SECONDS_PER_MINUTE:
        return f"{int(elapsed_s) // 10 * 10} s ago"
    return f"{int(elapsed_s) // SECONDS_PER_MINUTE} min ago"


def one_line(text: str) -> str:
    """Return text with single spaces and without anything that could move the cursor."""
    return " ".join(text.translate(_WITHOUT_CONTROLS).split())


def sounded(label: Label, *, who: str = "They") -> str:
    """Return a reading in words."""
    if label == Label.CANNOT_TELL:
        return f"Can't tell how {who.lower()} sounded"
    return f"{who} sounded {label.value}"
