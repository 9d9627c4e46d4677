"""What the tables of the settings are made of: their base, and numbers with their bounds."""

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


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file: frozen, and without room for unknown keys."""
