"""People of the provider at the API: a JWT as bearer, and the login of browsers and apps."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from starlette.concurrency import run_in_threadpool

from monitor.actions import Desk
from monitor.actions import people as actions
from monitor.oidc.claims import Mapping, person
from monitor.oidc.provider import Provider, Refused
from monitor.task import InputError
from monitor.tokens import Caller

LOGIN_SECONDS = 600
"""How long a login may take at the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The provider, and what its claims stand for."""

    provider: Provider
    mapping: Mapping
    session: timedelta = timedelta(hours=8)

    async def caller(self, desk: Desk, text: str, origin: str | None) -> Caller:
        """The caller behind a JWT of the provider. Raises Refused, ProviderUnavailable."""
        claims = await self.provider.claims(text, self.provider.client.audience)
        who = person(claims, self.mapping)
        return await run_in_threadpool(actions.admit, desk, who, origin)

    return_to: tuple[str, ...] = ()
    """Where a browser may be sent with its session."""

    async def begin(self, return_to: str | None) -> tuple[str, str]:
        """Where to log in, and what the browser keeps until it comes back. Raises InputError."""
        if return_to is not None and return_to not in self.return_to:
            raise InputError("return_to: not one of [oidc] return_to")
        said = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
        url = await self.provider.login_url(**said)
        kept = json.dumps(said | {"return_to": return_to})
        return url, self._cipher().encrypt(kept.encode()).decode()

    async def end(
        self, desk: Desk, kept: str, state: str, code: str, origin: str | None
    ) -> tuple[dict[str, Any], str | None]:
        """The session of who comes back, with its token, and where to take it. Raises Refused."""
        try:
            said = json.loads(self._cipher().decrypt(kept.encode(), ttl=LOGIN_SECONDS))
        except InvalidToken:
            raise Refused("the login was not begun here, or took too long; begin anew") from None
        if not secrets.compare_digest(said["state"].encode(), state.encode()):
            raise Refused("the login was begun elsewhere; begin anew")
        claims = await self.provider.redeem(code, said["nonce"], said["verifier"])
        who = person(claims, self.mapping)
        session, text = await run_in_threadpool(actions.log_in, desk, who, self.session, origin)
        return session | {"token": text}, said["return_to"]

    def _cipher(self) -> Fernet:
        """What the browser keeps is ours: nothing has to be remembered here, by any process."""
        secret = f"offsite-monitor login\n{self.provider.client.client_secret}"
        return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()))
