"""The contract between the feeds and the core.

An adapter is a class with a configuration schema of its own (`Config`, pydantic, unknown keys
refused), made from that configuration and a `Context`, and run by the supervisor until cancelled.
It hands in what it heard with `await context.deliver([...])` and answers its source only when that
returns: by then everything is committed. Awaiting is the back-pressure. If `deliver` raises, nothing
of the call was kept and nothing may be acknowledged.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from importlib import import_module
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from monitor.errors import FetchError, UnfitMedia
from monitor.event import Event, Examined
from monitor.keys import Key
from monitor.observation import Frame, Readings
from monitor.survey import Survey


@dataclass(frozen=True, slots=True)
class Introduction:
    """A data logger says who it is, before it has a device code or after."""

    logger: str
    """The maker's number of it (HJ 212-2025 i23005)."""
    details: Mapping[str, str]
    """What else it says, e.g. numbers of its processor and network cards."""
    mn: str
    """The device code it uses; empty = none was given to it yet."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One frame and what was understood of it (nothing, for a damaged one)."""

    frame: Frame
    readings: tuple[Readings, ...] = ()
    events: tuple[Event, ...] = ()
    held: str | None = None
    """The frame is a part of something whose other parts have not come yet (a sub-packet): it is also
    kept under this key of the adapter's, to be had back after a restart."""
    released: str | None = None
    """What was held under this key is complete with this delivery, or given up."""
    introduction: Introduction | None = None
    body: Examined | None = None
    """The frame's bytes as a file, where they are too many for the log; for the intake to say."""
    survey: Survey | None = None
    """Files of a flight; the delivery's events are what was found in them."""
    upload: str | None = None
    """The resumable upload (`Parcel.upload`) that is over with this delivery."""


Deliver = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Returns when all of it is durable; raises `Stopping`, `StoreError`, or of files `MediaError`, when none
of it is kept: the same may be handed in again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A command for a device (反控), as the queue of commands has it; see `monitor.command`."""

    id: int
    mn: str
    code: str
    """The protocol's own, e.g. HJ 212's CN."""
    parameters: Mapping[str, str]
    expires_at: datetime
    state: str
    """`queued`, `sent` or `accepted`: what was under way when a process ended goes on in another."""
    qn: str | None = None
    """The number under which it was sent; a resend has the same."""
    attempts: int = 0
    next_at: datetime | None = None
    """When the device's silence has lasted long enough to do something."""
    result: Mapping[str, Any] = field(default_factory=dict)
    """What has been answered so far."""


LOGGER = "logger/"
"""Begins the address of a data logger that has no device code yet."""


class Orders(Protocol):
    """The queue of commands as an adapter sees it."""

    async def waiting(self) -> Mapping[str, str]:
        """Device codes for which `take` has a command, each with the address to reach it at: the code
        itself, or `LOGGER` and the number of the data logger that is to be given this code."""

    async def take(self, mn: str) -> Order | None:
        """The oldest open command of a device that nobody else is carrying out."""

    async def change(self, order: int, state: str, values: Mapping[str, Any]) -> bool:
        """Write down progress (columns of `commands`) where the command is still in `state`."""

    async def place(
        self,
        mn: str,
        commands: Sequence[tuple[str, Mapping[str, str]]],
        origin: str,
        *,
        once: bool = False,
    ) -> None:
        """Ask for commands (code, parameters) on the adapter's own account, e.g. for the time that a
        device has asked for. Nothing while one of that origin is open, nor within a minute of the
        last; `once`: nor ever again."""


async def _no_media(_data: bytes) -> Examined:
    raise UnfitMedia("nothing is kept here")


async def _no_gathering(_pieces: Iterable[bytes]) -> Examined:
    raise UnfitMedia("nothing is kept here")


async def _no_fetching(_url: str) -> bytes:
    raise FetchError("nothing is fetched here")


def _no_keys(_mn: str) -> Sequence[Key]:
    """No device has keys."""
    return ()


def _no_key(_mn: str) -> Key | None:
    """No device has a key."""
    return None


def _not_wanted(_mn: str) -> None:
    """Nobody gives out keys."""


def _not_noted(_mn: str, _key: Key) -> None:
    """Nobody wants to know."""


def _no_ratio(_meter: str) -> None:
    """Nothing is known of transformers."""


_AS_LISTED: Mapping[str, float] = MappingProxyType({})


def _as_listed(_mn: str) -> Mapping[str, float]:
    return _AS_LISTED


@dataclass(frozen=True, slots=True)
class Context:
    """What the composition root gives to an adapter."""

    name: str
    zone: tzinfo
    deliver: Deliver
    answered: Callable[[int], None]
    """To be told how many frames were answered; a metric."""
    password: Callable[[str], str | None]
    """The registered password (PW) of a device, or None."""
    known: Callable[[str], bool]
    """Whether the register has this device."""
    now: Callable[[], datetime]
    orders: Orders | None = None
    """The queue of commands, for those whose devices take any."""
    units: Callable[[str], Mapping[str, float]] = _as_listed
    """By what a device's readings of a pollutant (not its totals) are multiplied to be in the unit of
    the table; of nearly all devices empty."""
    ratio: Callable[[str], float | None] = _no_ratio
    """The ratio (倍率) of a power meter's transformers, current and voltage together, by the register."""
    held: Callable[[], Awaitable[Sequence[tuple[str, Frame]]]] | None = None
    """What the adapter delivered as held and has not released: (key, frame), oldest first."""
    keep: Callable[[bytes], Awaitable[Examined]] = _no_media
    """Make a file durable and look at what it is, so that an event may have it; one that no delivery
    brings is let go of. Raises `UnfitMedia`, `MediaTooLarge` (it is not taken: say so in the frame's
    problems), `MediaFull`, `MediaUnavailable` (answer nothing)."""
    gather: Callable[[Iterable[bytes]], Awaitable[Examined]] = _no_gathering
    """The same for a file of any type that comes in pieces: they are asked for in a thread, and what
    that raises is raised here."""
    fetch: Callable[[str], Awaitable[bytes]] = _no_fetching
    """A file by its URL, from the networks that are allowed (`[media] fetch`): bounded, no redirects, no
    proxies. Raises `FetchError` with a reason."""
    keys: Callable[[str], Sequence[Key]] = _no_keys
    """The keys of a device that encrypts, newest first."""
    key_in_force: Callable[[str], Key | None] = _no_key
    """The key with which to encrypt what is sent to a device."""
    pending_key: Callable[[str], Key | None] = _no_key
    """The key that a device shall take (HJ 212-2025 CN=1014)."""
    key_wanted: Callable[[str], None] = _not_wanted
    """To be told that a device asks for a new key."""
    proved: Callable[[str, Key], None] = _not_noted
    """To be told which key a device uses, because a frame opened with it or the device confirmed it:
    a pending one is thereby in force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A request that a source made of an adapter's door."""

    method: str
    path: str
    """Below `/api/v1/feeds/{name}`, without the secret and without slashes at its ends."""
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    peer: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a source is answered, once what it sent is durable."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


class Door(Protocol):
    """How an adapter is pushed to: `POST /api/v1/feeds/{name}` and what lies below it.

    Whoever asks has a feeder's token, or the adapter's `secret` as the first part of the path.
    """

    max_body: int
    """Bytes; a larger body is refused with 413 before it gets here."""
    secret: str | None
    """For devices that cannot send a header."""

    async def receive(self, request: Pushed) -> Reply:
        """Hand in what the request brings, then answer it. What cannot be understood is kept and
        answered with success: devices that are refused send the same again for ever. Raises
        `Stopping`, `StoreError`, `MediaError` where nothing of it is kept.
        """


@dataclass(frozen=True, slots=True)
class Handed:
    """A file that a source handed in, under the name that it gave; the name is not to be trusted."""

    name: str
    file: Examined
    """Its type is `application/octet-stream` unless it is one that pages may show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a source handed in at once: the files of a form, or one that came by a resumable upload."""

    fields: Mapping[str, str]
    """What it says besides: the form's other fields, the upload's metadata."""
    files: tuple[Handed, ...]
    peer: str
    received_at: datetime
    upload: str | None = None
    """To be named in the delivery, so that the upload ends in the same transaction."""


@runtime_checkable
class Depot(Protocol):
    """How an adapter takes files, which come straight onto the disk: as a form at
    `POST /api/v1/feeds/{name}/surveys`, and by tus at `/api/v1/feeds/{name}/files`.

    Whoever asks has a feeder's token, or the adapter's `secret` behind the name.
    """

    secret: str | None
    max_files: int
    """Of a form; more are refused with 413."""

    async def take(self, parcel: Parcel) -> Reply:
        """Hand in what the files say, then answer. Raises `UnfitMedia` and `MediaTooLarge` for what is
        dangerous to read, and nothing of the parcel is kept; and what a door raises.
        """


class AdapterConfig(BaseModel):
    """The keys every adapter has; each adapter's schema extends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    """The adapter's name, unique: letters, digits, `-`, `_` and `.`; it stands on frames, metrics
    and `/feeds/{name}`."""


class Adapter(Protocol):
    """What the supervisor runs."""

    Config: ClassVar[type[AdapterConfig]]

    def __init__(self, config: Any, context: Context) -> None: ...

    async def run(self) -> None:
        """Serve until cancelled. On cancellation: stop reading, let what was delivered be answered."""

    @property
    def door(self) -> Door | Depot | None:
        """Where it is pushed to, if it is."""

    def status(self) -> dict[str, Any]:
        """For `/readyz`: at least `ready` (listening or connected) and `last_frame_at` or None."""


def load(kind: str, types: dict[str, str]) -> type[Adapter]:
    """The adapter class of a configured `type`; KeyError if there is none of that name."""
    adapter: type[Adapter] = import_module(types[kind]).Adapter
    return adapter
