"""The exceptions of the product.

MonitorError              everything below; its text is one line that says what to do
├── ConfigError           the configuration file or the environment is wrong
├── RegisterError         register files with faulty rows; `.faults` has one line per fault
├── StoreError            the database is not there, not reachable or not at this version
│   ├── SchemaBehind      the schema must be upgraded first
│   └── StoreUnavailable  it does not answer, is locked or full: nobody's data is at fault
├── NotFound              no such thing within the caller's districts
├── Conflict              the state of the thing does not allow the step
│   └── LeaseLost         the lease is somebody else's, or has run out
├── Forbidden             the caller's role does not allow the step
├── MediaError            a file cannot be taken
│   ├── UnfitMedia        it is of no type that is taken, or damaged
│   ├── MediaTooLarge     it is over a limit
│   ├── MediaFull         the disk for media is (nearly) full
│   └── MediaUnavailable  the folder of media cannot be read or written
└── Stopping              the daemon is shutting down and takes nothing more in
"""

from __future__ import annotations

from collections.abc import Sequence


class MonitorError(Exception):
    """Base of every error that the product raises on purpose."""


class ConfigError(MonitorError):
    """The configuration is wrong; `faults` has one line per fault, each naming its key."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class RegisterError(MonitorError):
    """Register files are wrong; `faults` names sheet, line, column and reason, one line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = list(faults)


class StoreError(MonitorError):
    """The database cannot be used."""


class SchemaBehind(StoreError):
    """The schema is older (or newer) than this version of the program."""


class StoreUnavailable(StoreError):
    """The database does not answer, is locked, full or in a deadlock: the same may work later."""


class NotFound(MonitorError):
    """No such thing within the caller's districts."""


class Conflict(MonitorError):
    """The thing's state does not allow the step."""


class LeaseLost(Conflict):
    """The lease is held by somebody else or has run out."""


class Forbidden(MonitorError):
    """The caller's role does not allow the step."""


class MediaError(MonitorError):
    """A file cannot be taken."""


class UnfitMedia(MediaError):
    """The bytes are of no type that is taken, or do not hold together."""


class MediaTooLarge(MediaError):
    """A file, a picture's pixels, or what has come together is over a limit."""


class FetchError(MonitorError):
    """A file could not be had from where it is said to be; the text says why."""


class MediaFull(MediaError):
    """The disk for media has no room; nothing was stored."""


class MediaUnavailable(MediaError):
    """The folder of media cannot be read or written: the same may work later."""


class Stopping(MonitorError):
    """The daemon is shutting down: what is offered now is not taken and must not be acknowledged."""
