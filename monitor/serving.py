"""How the API is served: its socket, its server, what the settings say of callers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import uvicorn
from fastapi import FastAPI

from monitor.api.people import People
from monitor.api.throttle import Throttle
from monitor.config import Http, Oidc
from monitor.errors import ConfigError
from monitor.oidc.claims import Mapping
from monitor.oidc.provider import Client, Provider


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the daemon has them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def server(app: FastAPI, http: Http) -> Server:
    """A server of the API. `X-Forwarded-For` is believed of the trusted proxies only."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,  # the API writes its own
        proxy_headers=bool(http.trusted_proxies),
        forwarded_allow_ips=list(http.trusted_proxies),
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    return Server(config)


def listener(host: str, port: int) -> socket.socket:
    """A socket bound to an address; ConfigError where it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise ConfigError(
            [f"http: cannot listen on {host}:{port}: {error.strerror}; set another http.port"]
        ) from None
    return found


def throttle(http: Http) -> Throttle:
    """How much one caller may ask, by the settings."""
    return Throttle(
        per_minute=http.requests_per_minute,
        failures=http.login_failures,
        within=http.login_failure_minutes * 60.0,
        lockout=http.lockout_minutes * 60.0,
    )


def people(oidc: Oidc, now: Callable[[], datetime]) -> People | None:
    """The provider of logins, if the settings name one."""
    if not oidc.issuer:
        return None
    client = Client(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.get_secret_value(),
        redirect_uri=oidc.redirect_uri,
        audience=oidc.audience or oidc.client_id,
        scopes=oidc.scopes,
    )
    mapping = Mapping(
        name=oidc.name_claim,
        role=oidc.role_claim,
        district=oidc.district_claim,
        roles=oidc.roles,
        districts=oidc.districts,
    )
    return People(
        provider=Provider(client, now),
        mapping=mapping,
        session=timedelta(hours=oidc.session_hours),
        return_to=oidc.return_to,
    )
