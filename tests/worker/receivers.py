"""Receivers of webhooks: real sockets, good ones and bad ones."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Call:
    """One request that was received."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """An HTTP server that notes what it gets and answers what `answer` says (status, headers), or 200 and
    what `says` holds by then.
    """

    answer: Callable[[Call], tuple[int, dict[str, str]]] = lambda _call: (204, {})
    calls: list[Call] = field(default_factory=list)
    says: bytes = b""
    url: str = ""


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.path, headers, body)
            receiver.calls.append(call)
            status, more = (200, {}) if receiver.says else receiver.answer(call)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.says)))
            self.end_headers()
            self.wfile.write(receiver.says)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hang(peer: socket.socket, stop: threading.Event) -> None:
    """Take the request and say nothing."""
    stop.wait()


def drip(peer: socket.socket, stop: threading.Event) -> None:
    """Say a little, for ever, and never come to the end of the headers."""
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not stop.wait(0.01):
        number += 1
        peer.sendall(b"X-%d: y\r\n" % number)


def flood(
    peer: socket.socket, stop: threading.Event, status: bytes = b"500 Oops", piece: int = 65536
) -> None:
    """Answer with a gigabyte."""
    peer.sendall(b"HTTP/1.1 %s\r\nContent-Length: 1073741824\r\n\r\n" % status)
    while not stop.is_set():
        peer.sendall(b"x" * piece)


def dribble(peer: socket.socket, stop: threading.Event) -> None:
    """Answer 200, and then a byte now and then, for ever."""
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not stop.wait(0.05):
        peer.sendall(b" ")


def continue_for_ever(peer: socket.socket, stop: threading.Event) -> None:
    """Say again and again that the request may go on."""
    while not stop.wait(0.01):
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def answer_unread(peer: socket.socket, stop: threading.Event) -> None:
    """Say that all is well, whatever came."""
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    stop.wait()


def saying(answer: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Answer with these bytes and hang up."""

    def say(peer: socket.socket, stop: threading.Event) -> None:
        peer.sendall(answer)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):  # what is left unread would reset the line, the answer with it
            pass

    return say


def lie(peer: socket.socket, stop: threading.Event) -> None:
    """Speak no HTTP."""
    peer.sendall(b"220 smtp ready\r\n")


@contextmanager
def misbehaving(
    how: Callable[[socket.socket, threading.Event], None], *, reads: bool = True
) -> Iterator[str]:
    """The URL of a server that reads a request's beginning, or nothing, and then misbehaves."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def one(peer: socket.socket) -> None:
        with peer:
            try:
                if reads:
                    peer.recv(65536)
                how(peer, stop)
            except OSError:
                pass  # the caller went away, as it should

    def accept() -> None:
        while not stop.is_set():
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=one, args=(peer,)))
            threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()
