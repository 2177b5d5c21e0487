"""Whatever is done to a bundle, checking it finds that; and nothing is found where nothing was done."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.evidence import container, manifest
from monitor.evidence.container import ContainerError, Entry
from monitor.evidence.manifest import ManifestError
from monitor.evidence.verifying import verify_file
from tests.evidence.kit import checked, faults

FILES: list[Entry] = [
    ("alert.json", b'{"id":17}\n'),
    ("frames/000001.bin", b"##0001\xff\r\n"),
    ("frames/000002.bin", b""),
    ("index.html", "<h1>证据</h1>".encode()),
]


def bundle(files: list[Entry], alert: int = 17) -> bytes:
    document = manifest.build(alert, manifest.lines(alert, files), {"anchor": None})
    return container.write([(manifest.NAME, manifest.canonical(document)), *files])


GOOD = bundle(FILES)
ENTRIES = container.walk(memoryview(GOOD)).entries
names = st.from_regex(r"[a-z][a-z0-9]{0,8}(/[0-9]{6})?\.(bin|json)", fullmatch=True)
some_files = st.lists(
    st.tuples(names, st.binary(max_size=80)), max_size=6, unique_by=lambda e: e[0]
)


@given(some_files, st.integers(0, 10**12))
def test_what_was_exported_holds(files: list[Entry], alert: int) -> None:
    report = checked(bundle(files, alert))
    assert report.holds, report.checks
    assert report.found is not None
    assert report.found.alert == alert


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_changed_byte_is_found(place: int, change: int) -> None:
    altered = bytearray(GOOD)
    altered[place] ^= change
    assert not checked(bytes(altered)).holds


def test_every_single_place_counts() -> None:
    for place in range(len(GOOD)):
        altered = bytearray(GOOD)
        altered[place] ^= 0x20
        assert not checked(bytes(altered)).holds, place


@given(st.integers(0, len(GOOD) - 1))
def test_any_cut_is_found(length: int) -> None:
    assert not checked(GOOD[:length]).holds


@given(st.integers(0, len(GOOD)), st.binary(min_size=1, max_size=60))
@example(len(GOOD), b"\n")
@example(0, b"#!")
def test_any_added_bytes_are_found(place: int, more: bytes) -> None:
    altered = GOOD[:place] + more + GOOD[place:]
    assert not checked(altered).holds


@given(st.permutations(ENTRIES))
def test_any_other_order_is_found(entries: list[Entry]) -> None:
    altered = container.write(entries)
    assert checked(altered).holds == (altered == GOOD)


@given(st.integers(0, len(ENTRIES) - 1), st.integers(0, len(ENTRIES)))
def test_any_missing_or_doubled_entry_is_found(one: int, place: int) -> None:
    fewer = ENTRIES[:one] + ENTRIES[one + 1 :]
    doubled = [*ENTRIES[:place], ENTRIES[one], *ENTRIES[place:]]
    for entries in (fewer, doubled):
        assert not checked(container.write(entries)).holds


@given(names, st.binary(max_size=40), st.integers(1, len(ENTRIES)))
def test_any_added_entry_is_found(name: str, content: bytes, place: int) -> None:
    altered = container.write([*ENTRIES[:place], (name, content), *ENTRIES[place:]])
    assert not checked(altered).holds


@given(st.binary(max_size=400))
def test_noise_is_no_bundle(noise: bytes) -> None:
    assert not checked(noise).holds


def with_manifest(written: bytes) -> bytes:
    return container.write([(manifest.NAME, written), *FILES])


def changed(change: Callable[[dict[str, object]], object], *, seal: bool = False) -> bytes:
    document = json.loads(bytes(ENTRIES[0][1]))
    change(document)
    if seal:
        document["seal"] = manifest.seal_of(document)
    return with_manifest(manifest.canonical(document))


def test_each_fault_is_told_in_a_line() -> None:
    edited = [*ENTRIES[:2], ("frames/000001.bin", b"##0002\xff\r\n"), *ENTRIES[3:]]
    assert faults(container.write(edited)) == ["frames/000001.bin: its content is altered"]
    longer = [*ENTRIES[:1], ("alert.json", b"{}"), *ENTRIES[2:]]
    assert faults(container.write(longer)) == ["alert.json: has 2 bytes, the manifest says 10"]
    assert faults(container.write(ENTRIES[:-1])) == ["index.html is missing"]
    more = [*ENTRIES, ("more.bin", b"")]
    assert faults(container.write(more)) == ["more.bin is not in the manifest"]
    swapped = [*ENTRIES[:2], ENTRIES[3], ENTRIES[2], ENTRIES[4]]
    assert faults(container.write(swapped)) == [
        "the files are in another order than the manifest's"
    ]
    assert faults(GOOD + b"\0") == [f"the container is altered at byte {len(GOOD)}"]
    late = bytearray(GOOD)
    late[10] = 1  # the time of the first entry
    assert faults(bytes(late)) == ["the container is altered at byte 10"]


def test_a_manifest_made_to_fit_shows_in_its_head() -> None:
    """What is in the file holds; it is the head in the audit trail that tells."""
    forged = bundle([("alert.json", b'{"id":18}\n'), *FILES[1:]])
    report = checked(forged)
    assert report.holds
    original = checked(GOOD).found
    assert report.found is not None
    assert original is not None
    assert report.found.head != original.head


def test_faults_of_the_manifest_are_told_apart() -> None:
    assert faults(changed(lambda d: d.update(anchor=1))) == ["the seal is not that of the manifest"]
    assert faults(changed(lambda d: d.update(head="0" * 64), seal=True)) == [
        "the chain of 4 files breaks at the head"
    ]
    loose = json.dumps(json.loads(bytes(ENTRIES[0][1]))).encode()
    assert faults(with_manifest(loose)) == ["manifest.json is not written canonically"]


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\xff\xfe",
        b"[" * 200_000,
        b"null",
        b'{"format":"offsite-monitor evidence 2"}',
        b'{"format":"offsite-monitor evidence 1"}',
        b'{"format":"offsite-monitor evidence 1","entries":[1],"alert":1,"head":"","seal":""}',
        b'{"format":"offsite-monitor evidence 1","entries":1,"alert":1,"head":"","seal":""}',
        b'{"format":"offsite-monitor evidence 1","entries":[],"alert":true,"head":"","seal":""}',
        b'{"format":"offsite-monitor evidence 1","entries":[{"chain":"","name":"../x","sha256":"",'
        b'"size":1}],"alert":1,"head":"","seal":""}',
        b"9" * 10_000,
    ],
)
def test_a_manifest_that_is_none_is_a_line(written: bytes) -> None:
    with pytest.raises(ManifestError):
        manifest.read(written)
    assert len(faults(with_manifest(written))) == 1


@pytest.mark.parametrize("odd", [b'"\\ud800"', b"NaN", b"1e999"])
def test_what_cannot_be_written_canonically_is_not(odd: bytes) -> None:
    head = b'{"alert":1,"entries":[],"format":"offsite-monitor evidence 1","head":"","odd":'
    written = head + odd + b',"seal":""}\n'
    assert not manifest.is_canonical(written, manifest.read(written))
    assert not checked(with_manifest(written)).holds


def test_a_bomb_is_not_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 50_000_000)
    found = faults(packed.getvalue())
    assert "an entry that no export writes" in found[0]


def test_a_bundle_packed_anew_by_another_program_is_altered() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in ENTRIES:
            archive.writestr(name, bytes(content))
    assert faults(packed.getvalue()) == ["the container is altered at byte 10"]


def test_the_chain_can_be_made_by_hand() -> None:
    link = hashlib.sha256(b"offsite-monitor evidence 1 alert/17").hexdigest()
    for name, content in FILES:
        digest = hashlib.sha256(content).hexdigest()
        link = hashlib.sha256(f"{link}{name}{digest}".encode()).hexdigest()
    found = checked(GOOD).found
    assert found is not None
    assert found.head == link


def test_the_seal_can_be_made_by_hand() -> None:
    written = bytes(ENTRIES[0][1])
    without = re.sub(rb',"seal":"[0-9a-f]*"}$', b"}", written, flags=re.MULTILINE)
    found = checked(GOOD).found
    assert found is not None
    assert without != written
    assert hashlib.sha256(without).hexdigest() == found.seal


def test_what_makes_no_bundle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "/etc/x", "../x", "a//b", "证据.html", ".hidden", "a" * 101):
        with pytest.raises(ContainerError):
            container.write([(name, b"")])
    monkeypatch.setattr(container, "MAX_ENTRIES", 3)
    with pytest.raises(ContainerError):
        container.write(ENTRIES)
    assert any("more than 3 entries" in fault for fault in faults(GOOD))


def test_files_that_are_none_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"")
    assert [check.text for check in verify_file(path).checks] == ["the file is empty"]
    path.write_bytes(GOOD)
    assert verify_file(path).holds
    monkeypatch.setattr(container, "MAX_BYTES", 100)
    assert not verify_file(path).holds
    with pytest.raises(OSError, match="No such file"):
        verify_file(tmp_path / "none.zip")
