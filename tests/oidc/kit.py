"""A provider in a process of its own, and a browser that logs in there."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import sys
from html import unescape
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from tests import wire
from tests.oidc.provider import CLIENT, PASSWORD, SECRET
from tests.servers import free_port, guarded, wait_for

SCRIPT = Path(__file__).with_name("provider.py")
ROOT = SCRIPT.parents[2]


class Canaille:
    """The provider; it keeps its port when it is started again, and has another key then."""

    def __init__(self, callback: str) -> None:
        self.port, self.callback = free_port(), callback
        self.start()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder = Path(mkdtemp(prefix="om-oidc-", dir="/tmp"))
        command = [sys.executable, str(SCRIPT), str(self.port), self.callback]
        self._guard = guarded(command, self.folder)
        log = self.folder / "log"
        said = wait_for(lambda: self._verdict(log), timeout=60)
        assert "ready" in said, said

    @staticmethod
    def _verdict(log: Path) -> str:
        text = log.read_text(errors="replace") if log.exists() else ""
        return text if "ready" in text or "Traceback" in text else ""

    def stop(self) -> None:
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)


def id_token(provider: Canaille, who: str) -> str:
    """What the provider says of somebody, to an app of its own that has our client."""
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()
    query = {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": provider.callback,
        "scope": "openid profile groups",
        "nonce": "n",
        "code_challenge": challenge.rstrip("="),
        "code_challenge_method": "S256",
    }
    browser = Browser()
    start = f"{provider.issuer}/oauth/authorize?{urlencode(query)}"
    back = browser.log_in(start, who, until=provider.callback)
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": provider.callback,
        "code_verifier": verifier,
    }
    answer = browser.http.post(f"{provider.issuer}/oauth/token", data=form, auth=(CLIENT, SECRET))
    return str(answer.json()["id_token"])


class Browser:
    """Follows redirects and fills in forms."""

    def __init__(self) -> None:
        self.http = wire.Client()

    def log_in(self, url: str, who: str, *, until: str) -> str:
        """The first address that it is sent to which begins with `until`."""
        answer = self.http.get(url)
        for _ in range(15):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if target.startswith(until):
                    return target
                answer = self.http.get(target)
                continue
            form = self._filled(answer.text, who)
            assert form is not None, answer.text
            answer = self.http.post(str(answer.url), data=form)
        raise AssertionError(f"the login does not end: {answer.url}")

    def _filled(self, page: str, who: str) -> dict[str, str] | None:
        inputs = {
            unescape(_attribute(tag, "name")): unescape(_attribute(tag, "value"))
            for tag in re.findall(r"<input[^>]*>", page)
            if _attribute(tag, "name")
        }
        if "password" in inputs:
            return inputs | {"password": PASSWORD}
        if "login" in inputs:
            return inputs | {"login": who}
        if 'value="accept"' in page:
            return inputs | {"answer": "accept"}
        return None


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else ""
