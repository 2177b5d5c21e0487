"""The provider: its discovery document, its keys, the code flow, and JWTs held against them.

Every call out has a timeout and takes in so much and no more; proxies of the environment and redirects
are not followed. A provider that does not answer is asked again after some seconds only: meanwhile
everybody who needs it gets ProviderUnavailable at once, and nobody else waits.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from monitor.errors import MonitorError
from monitor.oidc.claims import safe

log = structlog.get_logger("oidc")

_FAMILIES = ("RS256 RS384 RS512", "PS256 PS384 PS512", "ES256 ES384 ES512", "EdDSA Ed25519")
ALGORITHMS = [name for family in _FAMILIES for name in family.split()]
"""Signatures that are accepted: by a key that only the provider has. Never `none`, never HMAC."""
LEEWAY = 30
"""Seconds by which the provider's clock may differ."""
_TIMEOUT = 5.0
_LARGEST = 256_000
_FRESH, _AGAIN, _DOWN = 3600.0, 60.0, 10.0
"""Seconds: how long keys are good; between two looks for an unknown key; after a failure."""
_LONGEST_JWT = 16_000


class Refused(MonitorError):
    """A login or a JWT that is not accepted; says why, and nothing of what it holds."""


class ProviderUnavailable(MonitorError):
    """The provider does not answer, or not as it should: the same may work later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to the provider."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str
    audience: str
    """Whom a JWT as bearer must be for."""
    scopes: tuple[str, ...] = ("openid",)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider said of itself."""

    metadata: dict[str, Any]
    keys: jwk.KeySet
    kids: frozenset[str]
    at: float


class Provider:
    """The provider as it is known at the moment."""

    def __init__(
        self,
        client: Client,
        now: Callable[[], datetime],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client, self._now, self._timer = client, now, timer
        self._lock = asyncio.Lock()
        self._known: _Known | None = None
        self._failed_at: float | None = None

    def issued(self, text: str) -> bool:
        """Whether a bearer looks like a JWT, as none of our tokens does."""
        return text.count(".") == 2

    async def claims(self, text: str, audience: str, nonce: str | None = None) -> dict[str, Any]:
        """The claims of a JWT of the provider for an audience. Raises Refused, ProviderUnavailable."""
        kid = _key_named(text)
        known = await self._current(kid)
        try:
            token = jwt.decode(text, known.keys, algorithms=ALGORITHMS)
            _registry(self.client.issuer, audience, nonce, self._now()).validate(token.claims)
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            log.info("JWT refused", error=type(error).__name__)
            raise Refused("the provider's token is not valid here, or not any more") from None
        return token.claims

    async def login_url(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody who is to log in: authorization code with PKCE (RFC 7636)."""
        known = await self._current(None)
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": self.client.redirect_uri,
            "scope": " ".join(self.client.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": _unpadded(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        endpoint = known.metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    async def redeem(self, code: str, nonce: str, verifier: str) -> dict[str, Any]:
        """The claims of the ID token that a code is worth. Raises Refused, ProviderUnavailable."""
        known = await self._current(None)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirect_uri,
            "code_verifier": verifier,
        }
        async with _http() as http:
            auth = httpx.BasicAuth(self.client.client_id, self.client.client_secret)
            answer = await _json(
                http.stream("POST", known.metadata["token_endpoint"], data=form, auth=auth)
            )
        if not isinstance(answer.get("id_token"), str):
            raise Refused("the provider did not accept the login; begin anew")
        claims = await self.claims(answer["id_token"], self.client.client_id, nonce)
        if claims.get("azp", self.client.client_id) != self.client.client_id:
            raise Refused("the provider's token was made for another")
        return claims

    async def _current(self, kid: str | None) -> _Known:
        """What is known of the provider, asked again where it is old or lacks a key."""
        async with self._lock:
            known = self._known
            if known is not None and not self._stale(known, kid):
                return known
            if self._failed_at is not None and self._timer() - self._failed_at < _DOWN:
                if known is not None:
                    return known
                raise ProviderUnavailable("the provider of logins does not answer; try again soon")
            try:
                self._known = await self._ask()
            except ProviderUnavailable as error:
                self._failed_at = self._timer()
                log.warning("the provider of logins does not answer", error=str(error))
                if known is None:
                    raise
                return known  # its keys were good until now
            self._failed_at = None
            return self._known

    def _stale(self, known: _Known, kid: str | None) -> bool:
        age = self._timer() - known.at
        unknown = kid is not None and kid not in known.kids
        return age > _FRESH or (unknown and age > _AGAIN)

    async def _ask(self) -> _Known:
        async with _http() as http:
            place = f"{self.client.issuer.rstrip('/')}/.well-known/openid-configuration"
            metadata = await _json(http.stream("GET", place))
            if metadata.get("issuer") != self.client.issuer:
                raise ProviderUnavailable("its document names another issuer than oidc.issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                if not safe(metadata.get(name)):
                    raise ProviderUnavailable(f"its document has no {name} over https")
            published = (await _json(http.stream("GET", metadata["jwks_uri"]))).get("keys")
        keys = list(_signing(published if isinstance(published, list) else []))
        if not keys:
            raise ProviderUnavailable("it publishes no key that is accepted here")
        kids = frozenset(key.kid for key in keys if key.kid)
        return _Known(metadata, jwk.KeySet(keys), kids, self._timer())


def _key_named(text: str) -> str | None:
    """The `kid` of a JWT that is not verified yet. Raises Refused where its head is none of ours."""
    try:
        if len(text) > _LONGEST_JWT:
            raise ValueError
        head = text.partition(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        kid, algorithm = header.get("kid"), header.get("alg")
    except (ValueError, binascii.Error, AttributeError, RecursionError):
        raise Refused("the token is neither one of ours nor the provider's") from None
    if algorithm not in ALGORITHMS or not isinstance(kid, str | None):
        raise Refused("the token is signed in a way that is not accepted")
    return kid


def _registry(
    issuer: str, audience: str, nonce: str | None, now: datetime
) -> jwt.JWTClaimsRegistry:
    """What a JWT must say: everything named here is essential."""
    wanted: dict[str, Any] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": audience},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }
    if nonce is not None:
        wanted["nonce"] = {"essential": True, "value": nonce}
    return jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY, **wanted)


def _signing(published: list[Any]) -> Any:
    """The keys that can be used; one of a kind that is not known spoils nothing."""
    for each in published:
        if isinstance(each, dict) and each.get("use", "sig") == "sig" and each.get("kty") != "oct":
            try:
                yield jwk.import_key(each)
            except (JoseError, ValueError, TypeError, KeyError):
                continue


def _http() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=_TIMEOUT,
        trust_env=False,
        follow_redirects=False,
        verify=ssl.create_default_context(),  # the machine's own list of authorities
    )


async def _json(call: Any) -> dict[str, Any]:
    """The JSON object that is answered, of a bounded size within a bounded time."""
    try:
        async with asyncio.timeout(_TIMEOUT), call as response:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise ProviderUnavailable("it answers with more than is taken in")
            if response.status_code >= 500 or response.is_redirect:
                raise ProviderUnavailable(f"it answers {response.status_code}")
        found = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
        raise ProviderUnavailable(f"it cannot be reached ({type(error).__name__})") from None
    except (ValueError, RecursionError):
        raise ProviderUnavailable("it does not answer in JSON") from None
    if not isinstance(found, dict):
        raise ProviderUnavailable("it does not answer with a JSON object")
    return found


def _unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
