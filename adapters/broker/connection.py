"""One connection to the broker, from CONNECT to its end, in a thread of its own.

paho's `Client` is used through its public calls for foreign event loops, and from this thread alone:
its own thread dies unseen of an exception in a callback, and waits with `select`, which fails in a
process with more than 1024 files open. A connection is never used twice: what belongs to an older one
(acknowledgements, whose numbers would mean other messages) has nowhere to go.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Container, Sequence
from typing import Any, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from adapters.broker.config import BrokerConfig
from adapters.broker.inbox import Inbox
from adapters.broker.message import Message

_TURN = 1.0  # seconds after which the keepalive is looked at, at the latest
_GOODBYE = 1.0  # seconds for a DISCONNECT to get out
_CONNECT = 5.0  # seconds for TCP and TLS to come about
_ANSWER = 15.0  # seconds for CONNACK and SUBACK
_BRIEF = 10.0  # who is thrown out sooner may have a double: not every broker says so
_QOS = 1
_WINDOW = 500
"""Unanswered messages that the broker may send us (MQTT 5). What it has sent it may have written down
nowhere, so we ask for no more than goes into one transaction."""

_HINTS = {
    "Not authorized": "check username, password and the broker's access list",
    "Bad user name or password": "check username and password",
    "Unsupported protocol version": 'set version = "3.1.1"',
    "Session taken over": "another client uses our client_id; give each its own",
    "Client identifier not valid": "set another client_id",
}


class Connection:
    """Receives messages into `inbox`, which closes when the connection has ended."""

    def __init__(
        self,
        config: BrokerConfig,
        inbox: Inbox,
        *,
        known: Container[bytes] = (),
        resubscribe: bool = True,
        ready: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """`known`: digests of messages that are stored; the broker is answered, should it send
        them again. `resubscribe`: subscribe although the session is still there. `ready` is called
        in the event loop when all is subscribed, with whether the session was still there.
        """
        self.inbox = inbox
        self.reason = ""
        """Why it ended."""
        self.overflowed = False
        """It ended because too much waits in `inbox`."""
        self.fault: BaseException | None = None
        """What the thread died of, if it was not the network."""
        self.subscribed = False
        self.repeated = 0
        """Messages that were stored before and have been answered at once."""
        self._config = config
        self._known, self._resubscribe, self._ready = known, resubscribe, ready
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        self._ended = False
        self._goodbye: float | None = None
        self._let_in = self._present = False
        self._opened = 0.0
        self._acks: deque[int] = deque()
        self._outgoing: deque[tuple[str, bytes]] = deque()
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        self._client = self._new_client()
        self._thread = threading.Thread(target=self._run, name=f"mqtt-{config.name}", daemon=True)

    # --- for the event loop -------------------------------------------------------------------

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def acknowledge(self, mids: Sequence[int]) -> int:
        """Answer messages of this connection, in the order they came; how many can be answered."""
        if self._ended or self._goodbye is not None:
            return 0
        self._acks.extend(mids)
        self._nudge()
        return len(mids)

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send a message with QoS 1; False where it cannot be, and it may be lost with the connection."""
        if self._ended or self._goodbye is not None:
            return False
        self._outgoing.append((topic, payload))
        self._nudge()
        return True

    async def end(self) -> None:
        """Say goodbye, and wait a moment for the thread to be through."""
        if not self._thread.is_alive() and not self._ended:
            return
        self._goodbye = self._goodbye or time.monotonic() + _GOODBYE
        self._nudge()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), 2 * _GOODBYE)
        self._wake.close()

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._connect()
            self._serve()
        except OSError as error:
            self._because(f"not reachable: {error}")
        except Exception as error:  # noqa: BLE001 - told to the adapter, which ends of it
            self.fault = error
        finally:
            self._close()

    def _connect(self) -> None:
        config, client = self._config, self._client
        if config.secure:
            context = ssl.create_default_context(cafile=config.ca_file)
            if config.cert_file and config.key_file:
                context.load_cert_chain(config.cert_file, config.key_file)
            client.tls_set_context(context)
        host, port = config.address
        self._opened = time.monotonic()
        if config.version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
            properties.SessionExpiryInterval = config.session_expiry
            properties.ReceiveMaximum = min(config.waiting, _WINDOW)
            client.connect(host, port, config.keepalive, clean_start=False, properties=properties)
        else:
            client.connect(host, port, config.keepalive)

    def _serve(self) -> None:
        client = self._client
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            connected = client.socket()
            if connected is None:
                return
            sock = cast("socket.socket", connected)
            selector.register(sock, selectors.EVENT_READ)
            while client.socket() is not None and not self._late():
                wanted = selectors.EVENT_READ
                if client.want_write():
                    wanted |= selectors.EVENT_WRITE
                selector.modify(sock, wanted)
                decrypted = isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
                ready = selector.select(0 if decrypted else _TURN)
                self._turn({key.fileobj for key, _ in ready} | ({sock} if decrypted else set()))

    def _turn(self, ready: set[Any]) -> None:
        client = self._client
        if self._woken in ready:
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(65_536)
        if client.socket() in ready:
            client.loop_read()
        while self._acks and client.socket() is not None:
            client.ack(self._acks.popleft(), _QOS)
        while self._outgoing and client.is_connected():
            client.publish(*self._outgoing.popleft(), qos=_QOS)
        if self._goodbye is not None and client.is_connected():
            client.disconnect()
        if client.want_write():
            client.loop_write()
        client.loop_misc()

    def _late(self) -> bool:
        """Whether the broker had its time to take our goodbye, or to let us in."""
        now = time.monotonic()
        if self._goodbye is not None:
            return now > self._goodbye
        if not self.subscribed and now > self._opened + _CONNECT + _ANSWER:
            self._because("the broker does not answer")
            return True
        return False

    def _close(self) -> None:
        left = self._client.socket()
        if left is not None:
            left.close()
        self._ended = True
        self.subscribed = False
        self._because(self._lost())
        self.inbox.close()
        self._woken.close()
        self._tell(self._over.set)

    # --- paho's callbacks: in the thread, and none may raise ------------------------------------

    def _new_client(self) -> mqtt.Client:
        config = self._config
        modern = config.version == "5"
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=config.identity,
            clean_session=None if modern else False,
            protocol=MQTTProtocolVersion.MQTTv5 if modern else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.disable_logger()  # what matters is told by `reason`
        client.connect_timeout = _CONNECT
        if config.username is not None:
            password = config.password.get_secret_value() if config.password else None
            client.username_pw_set(config.username, password)
        client.on_connect = self._guarded(self._on_connect)
        client.on_subscribe = self._guarded(self._on_subscribe)
        client.on_message = self._guarded(self._on_message)
        client.on_disconnect = self._guarded(self._on_disconnect)
        return client

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """What goes wrong in a callback ends the connection, so that its message comes again."""

        def guarded(*given: Any) -> None:
            try:
                callback(*given)
            except Exception as error:  # noqa: BLE001 - paho's loop must not be torn
                self._leave(f"a message could not be taken in: {error!r}")

        return guarded

    def _on_connect(
        self,
        client: mqtt.Client,
        _userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._because(f"the broker refuses us: {_hinted(str(reason))}")
            return
        self._let_in = True
        self._present = flags.session_present
        if flags.session_present and not self._resubscribe:
            self._is_ready()
            return
        # a subscription that is already there brings no retained messages (MQTT 5)
        options = SubscribeOptions(qos=_QOS, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        if self._config.version == "5":
            client.subscribe([(topic, options) for topic in self._config.filters])
        else:
            client.subscribe([(topic, _QOS) for topic in self._config.filters])

    def _on_subscribe(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        for topic, reason in zip(self._config.filters, reasons, strict=True):
            if reason.is_failure:
                self._leave(f"no subscription to {topic}: {_hinted(str(reason))}")
                return
            if reason.value < _QOS:
                self._leave(f"no subscription to {topic} with QoS 1: the broker grants QoS 0")
                return
        self._is_ready()

    def _on_message(
        self, client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage
    ) -> None:
        if self._goodbye is not None:
            return  # neither taken nor answered: it will come again
        topic = _topic(message)
        digest = _digest(topic, message.payload)
        if message.dup and digest in self._known:
            client.ack(message.mid, message.qos)
            self.repeated += 1
            return
        taken = Message(
            topic=topic,
            payload=bytes(message.payload[: self._config.max_message]),
            size=len(message.payload),
            digest=digest,
            mid=message.mid,
            qos=message.qos,
            retained=message.retain,
            redelivered=message.dup,
        )
        if not self.inbox.offer(taken):
            self.overflowed = True
            self._leave("too many messages wait")

    def _on_disconnect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        flags: mqtt.DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._because(f"the broker disconnects us: {_hinted(str(reason))}")
        else:
            self._because(self._lost(f": {reason}"))

    # --- small things -------------------------------------------------------------------------

    def _is_ready(self) -> None:
        self.subscribed = True
        self._tell(self._ready, self._present)

    def _leave(self, reason: str) -> None:
        self._because(reason)
        self._goodbye = self._goodbye or time.monotonic() + _GOODBYE

    def _lost(self, how: str = "") -> str:
        if self._let_in:
            brief = time.monotonic() - self._opened < _BRIEF
            return f"connection lost{how}" + ("; is our client_id another's too?" if brief else "")
        return f"the broker closes before it lets us in{how}; does it want TLS, or a certificate?"

    def _because(self, reason: str) -> None:
        self.reason = self.reason or reason

    def _nudge(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake; closed: it has ended
            self._wake.send(b"\0")

    def _tell(self, what: Callable[..., None], *given: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it who would listen
            self._loop.call_soon_threadsafe(what, *given)


def _hinted(reason: str) -> str:
    hint = _HINTS.get(reason)
    return f"{reason}; {hint}" if hint else reason


def _digest(topic: str, payload: bytes | bytearray) -> bytes:
    digest = hashlib.blake2b(topic.encode() + b"\0", digest_size=16)
    digest.update(payload)
    return digest.digest()


def _topic(message: mqtt.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError as error:  # no broker should let it pass
        return bytes(error.object).decode(errors="replace")
