"""People whom a real provider (canaille, in a process of its own) knows: their JWTs and their logins."""

from __future__ import annotations

import base64
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwk, jwt

from monitor import serving
from monitor.actions import tokens
from monitor.actions.clockwork import SYSTEM
from monitor.api import create_app
from monitor.api.people import People
from monitor.config import Http, Oidc
from monitor.store import audit
from monitor.tokens import Role, new_token, well_formed
from tests import wire
from tests.api.conftest import EAST, WEST, Bureau
from tests.api.conftest import bureau as bureau
from tests.oidc.kit import Browser, Canaille, id_token
from tests.oidc.provider import CLIENT, SECRET
from tests.servers import free_port, wait_for

ROLES = {"执法": "officer", "科长": "supervisor"}
DISTRICTS = {"东区": "东区", "全市": "*"}
APP = "offsite-app:/back"


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def provider(port: int) -> Iterator[Canaille]:
    running = Canaille(f"http://127.0.0.1:{port}/api/v1/auth/callback")
    yield running
    running.stop()


def settings(provider: Canaille, **change: Any) -> Oidc:
    return Oidc.model_validate(
        {
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uri": provider.callback,
            "name_claim": "name",
            "roles": ROLES,
            "districts": DISTRICTS,
            "return_to": [APP],
        }
        | change
    )


@dataclass
class Site:
    """The bureau with its provider, served."""

    bureau: Bureau
    people: People
    url: str

    def ask(
        self, token: str, path: str = "tasks", method: str = "GET", **more: Any
    ) -> httpx.Response:
        with wire.Client() as client:
            headers = {"Authorization": f"Bearer {token}"}
            return client.request(method, f"{self.url}/{path}", headers=headers, **more)

    def trail(self) -> list[tuple[str, str]]:
        with self.bureau.store.read() as connection:
            return [(row.actor, row.action) for row in audit.listed(connection, 0, 1000)]


@pytest.fixture
def site(bureau: Bureau, provider: Canaille, port: int) -> Iterator[Site]:
    bureau.clock.at = datetime.now(UTC)
    people = serving.people(settings(provider), bureau.clock)
    assert people is not None
    app = create_app(replace(bureau.services, people=people))
    server = serving.server(app, Http(trusted_proxies=()))
    listener = serving.listener("127.0.0.1", port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_for(lambda: server.started)
    yield Site(bureau, people, f"http://127.0.0.1:{port}/api/v1")
    server.should_exit = True
    bureau.changed.stop()
    thread.join()


@pytest.fixture(scope="session")
def li(provider: Canaille) -> str:
    return id_token(provider, "li")


# --- a JWT as bearer ------------------------------------------------------------------------------


def test_a_person_works_within_role_and_districts(site: Site, li: str) -> None:
    mine, other = site.bureau.task(EAST), site.bureau.task(WEST)
    assert [task["id"] for task in site.ask(li).json()["items"]] == [mine["id"]]
    claimed = site.ask(li, f"tasks/{mine['id']}/claim", "POST")
    assert claimed.json()["task"]["claimed_by"] == "李四"
    assert site.ask(li, f"tasks/{other['id']}/claim", "POST").status_code == 404
    assert site.ask(li, f"tasks/{mine['id']}/close", "POST").status_code == 403
    assert ("system", "person.admit") in site.trail()
    assert ("李四", "task.claim") in site.trail()
    listed = site.bureau.call("GET", "tokens").json()["items"]
    assert [(t["kind"], t["name"], t["role"], t["districts"]) for t in listed][-1] == (
        "person",
        "李四",
        "officer",
        ["东区"],
    )


def test_of_many_first_requests_at_once_none_is_refused(site: Site, li: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(site.ask, [li] * 8))
    assert {answer.status_code for answer in answers} == {200}
    assert site.trail().count(("system", "person.admit")) == 1


def test_the_highest_role_counts_and_a_star_is_all_districts(
    site: Site, provider: Canaille
) -> None:
    site.bureau.task(EAST)
    site.bureau.task(WEST)
    head = id_token(provider, "head")
    assert len(site.ask(head).json()["items"]) == 2
    hook = {"url": "https://example.org/x", "types": ["*"]}
    assert site.ask(head, "webhooks", "POST", json=hook).status_code == 201
    assert len(site.ask(head, "webhooks").json()["items"]) == 1


def test_who_has_no_role_here_is_not_let_in(site: Site, provider: Canaille) -> None:
    refused = site.ask(id_token(provider, "nobody"))
    assert refused.status_code == 403
    assert "no role" in refused.json()["detail"]


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = token.split(".")
    return tuple(json.loads(base64.urlsafe_b64decode(p + "==")) for p in (head, body))  # type: ignore[return-value]


def unpadded(value: Any) -> str:
    return _raw(json.dumps(value).encode())


def _raw(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def forged(token: str, published: dict[str, Any]) -> dict[str, str]:
    """The same claims, signed otherwise."""
    head, body = parts(token)
    mine = jwk.RSAKey.generate_key(2048)
    public = jwk.import_key(published)
    signed = f"{unpadded(head | {'alg': 'HS256'})}.{unpadded(body)}"
    by_public_key = hmac.digest(public.as_pem(private=False), signed.encode(), "sha256")
    altered = token.split(".")
    return {
        "unsigned": f"{unpadded(head | {'alg': 'none'})}.{unpadded(body)}.",
        "with the public key as a password": f"{signed}.{_raw(by_public_key)}",
        "by another": jwt.encode({"alg": "RS256", "kid": head["kid"]}, body, mine),
        "by another, whose key is not known": jwt.encode({"alg": "RS256", "kid": "?"}, body, mine),
        "with other claims": f"{altered[0]}.{unpadded(body | {'name': 'x'})}.{altered[2]}",
        "with no head": f"x.{altered[1]}.{altered[2]}",
        "at a length": f"{altered[0]}.{altered[1]}{'A' * 20_000}.{altered[2]}",
    }


def test_nobody_else_can_sign(site: Site, provider: Canaille, li: str) -> None:
    published = wire.get(f"{provider.issuer}/oauth/jwks.json").json()["keys"]
    kid = parts(li)[0]["kid"]
    key = next(each for each in published if each["kid"] == kid)
    for how, token in forged(li, key).items():
        answer = site.ask(token)
        assert answer.status_code == 401, how
        assert answer.json()["type"].endswith(":unauthorized"), how
    assert site.ask(li).status_code == 200


def test_a_jwt_holds_for_its_time_and_its_audience(
    site: Site, provider: Canaille, li: str, bureau: Bureau
) -> None:
    claims = parts(li)[1]
    bureau.clock.at = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=20)
    assert site.ask(li).status_code == 200  # clocks differ a little
    bureau.clock.at += timedelta(seconds=20)
    assert site.ask(li).status_code == 401
    bureau.clock.at = datetime.fromtimestamp(claims["iat"], UTC) - timedelta(minutes=5)
    assert site.ask(li).status_code == 401
    bureau.clock.at = datetime.now(UTC)
    other = serving.people(settings(provider, audience="another"), bureau.clock)
    app = create_app(replace(bureau.services, people=other))
    answer = replace(bureau, app=app).call(
        "GET", "tasks", headers={"Authorization": f"Bearer {li}"}
    )
    assert answer.status_code == 401


def test_wrong_jwts_lock_their_origin_out_as_wrong_tokens_do(site: Site, li: str) -> None:
    site.bureau.services.throttle.failures = 5
    wrong = li[:-6] + "AAAAAA"
    assert [site.ask(wrong).status_code for _ in range(6)] == [401] * 5 + [429]
    assert ("system", "access.lock-out") in site.trail()


def test_what_was_issued_can_be_revoked(site: Site, li: str) -> None:
    site.ask(li)
    listed = site.bureau.call("GET", "tokens").json()["items"]
    (number,) = (token["id"] for token in listed if token["kind"] == "person")
    assert site.bureau.call("POST", f"tokens/{number}/revoke").status_code == 200
    refused = site.ask(li)
    assert (refused.status_code, refused.json()["detail"]) == (
        401,
        "this was revoked; log in again",
    )


def test_a_name_is_one_persons_only(site: Site, li: str) -> None:
    tokens.create(site.bureau.desk, SYSTEM, "李四", Role.OFFICER)
    refused = site.ask(li)
    assert refused.status_code == 403
    assert "another is named" in refused.json()["detail"]


# --- a login --------------------------------------------------------------------------------------


def log_in(site: Site, who: str, query: str = "") -> tuple[Browser, httpx.Response]:
    browser = Browser()
    back = browser.log_in(f"{site.url}/auth/login{query}", who, until=f"{site.url}/auth/callback")
    return browser, browser.http.get(back)


def test_a_login_gives_a_session_of_some_hours(site: Site) -> None:
    browser, answer = log_in(site, "li")
    assert answer.status_code == 200, answer.text
    session = answer.json()
    token = session["token"]
    assert well_formed(token)
    assert (session["kind"], session["name"], session["role"]) == ("session", "李四", "officer")
    assert answer.headers["cache-control"] == "no-store"
    assert site.ask(token).status_code == 200
    again = browser.http.get(str(answer.url))  # a code is worth one session
    assert again.status_code == 401
    assert ("李四", "session.create") in site.trail()
    assert token not in site.bureau.call("GET", "tokens").text
    site.bureau.clock.at += timedelta(hours=8, minutes=1)
    assert site.ask(token).status_code == 401


def test_a_session_is_revoked_by_an_administrator_or_ended_by_its_own(site: Site) -> None:
    first, second, third = (log_in(site, "li")[1].json() for _ in range(3))
    revoked = site.bureau.call("POST", f"tokens/{first['id']}/revoke")
    assert revoked.status_code == 200
    assert site.ask(first["token"]).status_code == 401
    assert site.ask(second["token"], "auth/logout", "POST").status_code == 204
    assert site.ask(second["token"]).status_code == 401
    site.bureau.call("POST", f"tokens/{third['person']}/revoke")
    assert site.ask(third["token"]).status_code == 401
    made = site.bureau.headers()["Authorization"].removeprefix("Bearer ")
    assert site.ask(made, "auth/logout", "POST").status_code == 409


def test_of_one_person_so_many_sessions_go_on(site: Site) -> None:
    from monitor.actions import people
    from monitor.oidc.claims import Person

    who = Person(
        issuer="i",
        subject="s",
        name="n",
        role=Role.VIEWER,
        districts=(),
        issued_at=datetime.now(UTC),
    )
    made = [people.log_in(site.bureau.desk, who, timedelta(hours=1), None)[1] for _ in range(12)]
    assert [site.ask(token).status_code for token in made] == [401] * 2 + [200] * 10


def test_an_app_is_given_the_session_in_the_fragment(site: Site) -> None:
    _, answer = log_in(site, "li", f"?return_to={APP}")
    assert answer.status_code == 303
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}:{target.path}" == APP
    assert site.ask(parse_qs(target.fragment)["token"][0]).status_code == 200
    elsewhere = wire.get(f"{site.url}/auth/login", params={"return_to": "https://evil.example"})
    assert elsewhere.status_code == 422


def test_a_login_that_was_begun_elsewhere_is_none(site: Site) -> None:
    victim, attacker = Browser(), Browser()
    start, callback = f"{site.url}/auth/login", f"{site.url}/auth/callback"
    back = attacker.log_in(start, "li", until=callback)
    assert victim.http.get(back).status_code == 401  # without the cookie
    victim.http.get(start)
    assert victim.http.get(back).status_code == 401  # with another
    for change in ("code=", "error=access_denied&state=x", "iss=https://evil.example"):
        assert attacker.http.get(f"{callback}?{change}").status_code == 401
    late = Browser()
    later = late.log_in(start, "li", until=callback)
    for cookie in late.http.cookies.jar:
        if cookie.name == "offsite_monitor_login":
            cookie.value = (cookie.value or "")[:-8] + "AAAAAAA="
    assert late.http.get(later).status_code in (401, 429)


def test_without_a_provider_there_is_no_login(bureau: Bureau) -> None:
    for path in ("auth/login", "auth/callback?code=x"):
        assert bureau.call("GET", path).status_code == 404


# --- a provider that is down, hangs, or changes its keys ------------------------------------------


def test_new_keys_are_fetched_and_a_provider_that_is_down_harms_nobody_else(
    site: Site, bureau: Bureau
) -> None:
    own = Canaille("http://127.0.0.1:9/back")
    try:
        people = serving.people(settings(own), bureau.clock)
        assert people is not None
        passed = [0.0]
        people.provider._timer = lambda: passed[0]
        there = replace(bureau, app=create_app(replace(bureau.services, people=people)))

        def ask(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return there.call("GET", "tasks", headers=headers).status_code

        first = id_token(own, "li")
        assert ask(first) == 200
        own.stop()
        assert ask(first) == 200  # its keys are known
        own.start()
        second = id_token(own, "li")
        assert ask(second) == 401  # not asked for again at once
        passed[0] += 61
        assert ask(second) == 200
        assert ask(first) == 401  # that key is gone
        own.stop()
        passed[0] += 3601
        assert ask(second) == 200
        assert there.call("GET", "tasks", "officer").status_code == 200
    finally:
        own.stop()


@pytest.mark.parametrize("kind", ["refuses", "hangs", "floods"])
def test_a_provider_that_fails_is_503_at_once_for_all_but_the_first(
    site: Site,
    bureau: Bureau,
    provider: Canaille,
    li: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.oidc.provider._TIMEOUT", 1.0)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if kind != "refuses":
            listener.listen(50)
        if kind == "floods":
            threading.Thread(target=flood, args=(listener,), daemon=True).start()
        down = settings(provider, issuer=f"http://127.0.0.1:{listener.getsockname()[1]}")
        people = serving.people(down, bureau.clock)
        assert people is not None
        site.people.provider.client, site.people.provider._known = people.provider.client, None
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(site.ask, li) for _ in range(10)]
            well = site.ask(site.bureau.token("officer"))
            answers = [each.result() for each in asked]
        assert well.status_code == 200
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["type"].endswith(":unavailable")
        login = wire.get(f"{site.url}/auth/login")
        assert login.status_code == 503


def flood(listener: socket.socket) -> None:
    """An answer without an end."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        try:
            connection.sendall(head)
            for _ in range(10_000):
                connection.sendall(b" " * 10_000)
        except OSError:
            return


def test_a_token_of_ours_never_goes_to_the_provider(site: Site) -> None:
    site.people.provider._known = None
    assert site.ask(new_token()).status_code == 401
    assert site.people.provider._known is None
