"""Answers as they are kept to be given again: opened only by the token and the key of their request.

An answer may hold what is shown once, a new token or a webhook's secret. It is sealed (Fernet) under a
key derived from the request's bearer token and its `Idempotency-Key`; neither is stored.
"""

from __future__ import annotations

import base64
import json

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from starlette.responses import Response

_HEADERS = ("content-type", "etag", "location")


def seal(secret: str, response: Response) -> bytes:
    """A response as it is kept."""
    headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
    body = bytes(response.body).decode()
    document = {"status": response.status_code, "headers": headers, "body": body}
    return _cipher(secret).encrypt(json.dumps(document).encode())


def unseal(secret: str, answer: bytes) -> Response | None:
    """The response again; None if it was sealed with another secret."""
    try:
        document = json.loads(_cipher(secret).decrypt(answer))
    except InvalidToken:
        return None
    return Response(document["body"] or None, document["status"], document["headers"])


def _cipher(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"offsite-monitor kept answers")
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))
