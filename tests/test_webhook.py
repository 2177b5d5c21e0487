"""Webhooks, the pure part: signatures, subscriptions, addresses."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from monitor.webhook import SCHEDULE, Policy, new_secret, retry_after, sign, subscribed

BUREAU = Policy((ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("127.0.0.0/8")))


def test_a_signature_is_the_one_of_the_standard() -> None:
    secret, at = new_secret(), datetime(2026, 11, 20, 8, tzinfo=UTC)
    body = '{"type":"task.queued","data":{"name":"甲厂"}}'
    expected = Webhook(secret).sign("evt_1", at, body)
    assert sign(secret, "evt_1", int(at.timestamp()), body.encode()) == expected


@pytest.mark.parametrize(
    ("kind", "district", "patterns", "districts", "wanted"),
    [
        ("task.queued", "东区", ["task.queued"], [], True),
        ("task.queued", "东区", ["alert.*"], [], False),
        ("alert.opened", "东区", ["alert.*"], ["东区"], True),
        ("alert.opened", "西区", ["alert.*"], ["东区"], False),
        ("source.lost", None, ["*"], [], True),
        ("source.lost", None, ["*"], ["东区"], False),
    ],
)
def test_who_is_told(
    kind: str, district: str | None, patterns: list[str], districts: list[str], wanted: bool
) -> None:
    assert subscribed(kind, district, patterns, districts) is wanted


def test_the_schedule_has_jitter_and_an_end() -> None:
    assert retry_after(1, 0) == SCHEDULE[0]
    assert retry_after(1, 1) == SCHEDULE[0] * 1.1
    assert retry_after(len(SCHEDULE), 0) == SCHEDULE[-1]
    assert retry_after(len(SCHEDULE) + 1, 0) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ],
)
def test_inner_addresses_are_not_called(address: str) -> None:
    assert not Policy().permits(ipaddress.ip_address(address), "https")


@pytest.mark.parametrize("address", ["1.1.1.1", "114.114.114.114", "2400:3200::1"])
def test_public_addresses_are_called_over_https_only(address: str) -> None:
    assert Policy().permits(ipaddress.ip_address(address), "https")
    assert not Policy().permits(ipaddress.ip_address(address), "http")


def test_allowed_networks_are_called_over_http_too() -> None:
    for address in ("10.20.3.4", "127.0.0.1", "::ffff:10.20.3.4"):
        assert BUREAU.permits(ipaddress.ip_address(address), "http")
    assert not BUREAU.permits(ipaddress.ip_address("10.21.0.1"), "https")
