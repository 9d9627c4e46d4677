"""Everything Roomtone raises on purpose.

RoomtoneError
├── ConfigError        a setting or a settings file is wrong
├── AudioError         a recording cannot be read or played
├── DeviceError        a microphone, speaker or sound server fails
├── ModelError         a model file is missing, damaged or refused
├── TranscriberError   the recogniser failed on audio it was given
├── StoreError         a call cannot be written or read
└── UsageError         the command line asks for something that does not fit together

Each carries a ``code`` for programs, a ``message`` of one sentence for people that says what is
wrong and what to do, and ``recoverable``: whether the call can go on without the part that failed.
"""

from functools import partial
from typing import ClassVar


class RoomtoneError(Exception):
    """Base of all errors a user may see."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, code: str, recoverable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.recoverable = recoverable

    def __reduce__(self) -> tuple[object, ...]:
        """Let errors cross from a worker process with their keyword arguments."""
        return partial(type(self), code=self.code, recoverable=self.recoverable), (self.message,)


class ConfigError(RoomtoneError):
    """A setting or a settings file is wrong."""


class AudioError(RoomtoneError):
    """A recording cannot be read or played."""


class DeviceError(RoomtoneError):
    """A microphone, speaker or sound server fails."""


class ModelError(RoomtoneError):
    """A model file is missing, damaged or refused."""


class TranscriberError(RoomtoneError):
    """The recogniser failed on audio it was given."""


class StoreError(RoomtoneError):
    """A call cannot be written or read."""


class UsageError(RoomtoneError):
    """The command line asks for something that does not fit together."""

    exit_code = 2
