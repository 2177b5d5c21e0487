"""Logging in: passwords, TLS, certificates, and what is said when the broker does not let us in."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.mqtt.kit import message, publish, running
from tests.servers import Mosquitto, async_wait_for


def _openssl(*words: str) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def certificate(folder: Path, name: str, *extensions: str) -> None:
    """A certificate of the test's own authority, with its key."""
    key, request = str(folder / f"{name}.key"), str(folder / f"{name}.csr")
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
             "-subj", f"/CN={name}")  # fmt: skip
    options = folder / f"{name}.ext"
    options.write_text("\n".join(extensions))
    _openssl("x509", "-req", "-in", request, "-CA", str(folder / "ca.crt"), "-CAkey",
             str(folder / "ca.key"), "-CAcreateserial", "-days", "2", "-out",
             str(folder / f"{name}.crt"), "-extfile", str(options))  # fmt: skip


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, the broker's certificate and ours."""
    folder = tmp_path_factory.mktemp("pki")
    _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca",
             "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.crt"))  # fmt: skip
    certificate(folder, "broker", "subjectAltName = IP:127.0.0.1")
    certificate(folder, "monitor")
    passwords = folder / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-c", "-b", str(passwords), "monitor", "s3cret"],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def guarded(pki: Path) -> Iterator[Mosquitto]:
    """A broker that wants a password."""
    broker = Mosquitto(f"allow_anonymous false\npassword_file {pki}/passwords")
    yield broker
    broker.stop()


@pytest.fixture
def secure(pki: Path) -> Iterator[Mosquitto]:
    """A broker that wants TLS, a certificate and a password."""
    broker = Mosquitto(
        f"allow_anonymous false\npassword_file {pki}/passwords\ncafile {pki}/ca.crt\n"
        f"certfile {pki}/broker.crt\nkeyfile {pki}/broker.key\nrequire_certificate true"
    )
    yield broker
    broker.stop()


def ours(pki: Path, broker: Mosquitto) -> dict[str, object]:
    return {
        "url": f"mqtts://127.0.0.1:{broker.port}",
        "ca_file": pki / "ca.crt",
        "cert_file": pki / "monitor.crt",
        "key_file": pki / "monitor.key",
        "username": "monitor",
        "password": "s3cret",
    }


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_tls_certificate_and_password(pki: Path, secure: Mosquitto, version: str) -> None:
    (pki / "password").write_text("s3cret\n")
    settings = ours(pki, secure) | {"password": {"file": str(pki / "password")}}
    async with running(secure, version=version, **settings) as run:
        tls = {
            "ca_certs": str(pki / "ca.crt"),
            "certfile": str(pki / "monitor.crt"),
            "keyfile": str(pki / "monitor.key"),
            "tls_version": ssl.PROTOCOL_TLS_CLIENT,
        }
        auth = {"username": "monitor", "password": "s3cret"}
        await publish(secure, [message(n) for n in range(200)], auth=auth, tls=tls)
        assert len(await run.kept(200)) == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": "wrong"}, "username, password"),
        ({"ca_file": None}, "certificate verify failed"),
        ({"cert_file": None, "key_file": None}, "does it want TLS, or a certificate?"),
    ],
)
async def test_whoever_is_not_let_in_is_told_why(
    pki: Path, secure: Mosquitto, change: dict[str, object], said: str
) -> None:
    with structlog.testing.capture_logs() as logs:
        async with running(secure, wait=False, **(ours(pki, secure) | change)) as run:
            await async_wait_for(lambda: run.adapter.status()["trouble"])
            assert not run.adapter.status()["ready"]
    (entry,) = [each for each in logs if each["event"] == "feed interrupted"]
    assert said in entry["reason"]
    assert "wrong" not in str(logs)


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_a_wrong_password_is_told_once_and_tried_again(
    guarded: Mosquitto, version: str, pki: Path
) -> None:
    with structlog.testing.capture_logs() as logs:
        settings = {"username": "monitor", "password": "not yet", "version": version}
        async with running(guarded, wait=False, **settings) as run:
            await async_wait_for(lambda: guarded.log.count("not authorised") >= 3)
            assert "password" in run.adapter.status()["trouble"]
    (entry,) = [each for each in logs if each["event"] == "feed interrupted"]
    assert entry["reason"].startswith("the broker refuses us: ")


async def test_a_broker_on_the_wrong_port_is_told(guarded: Mosquitto, secure: Mosquitto) -> None:
    """TLS where none is spoken, and none where it is."""
    for url, broker in (("mqtt", secure), ("mqtts", guarded)):
        address = f"{url}://127.0.0.1:{broker.port}"
        async with running(broker, wait=False, url=address) as run:
            await async_wait_for(lambda run=run: run.adapter.status()["trouble"])
