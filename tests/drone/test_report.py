"""The report of a survey: map, pictures, tables; safe whatever the files say."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor.survey_report import page
from monitor.survey_report.words import WORDS
from tests.drone.kit import Drones, at
from tests.drone.photos import M4T, jpeg
from tests.drone.test_upload import HOT

EVIL = "<script>alert(1)</script>"
MARK = f"""<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark>
<name>&lt;script&gt;alert(1)&lt;/script&gt;</name><description>"&gt;&lt;img src=x&gt;</description>
<Point><coordinates>{at(20, 20)[0]},{at(20, 20)[1]}</coordinates></Point></Placemark></kml>""".encode()


class Tags(HTMLParser):
    """The tags of a page, and what they refer to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [v or "" for k, v in attrs if k in ("src", "href") or k.startswith("on")]


@pytest.fixture
def survey(drones: Drones) -> dict[str, Any]:
    photo = jpeg(M4T | {"GimbalPitchDegree": "-60.00"})
    drones.send(
        ("走航.csv", HOT), ("a.jpg", photo), (f"{EVIL}.kml", MARK), mission=EVIL, pilot=EVIL
    )
    (made,) = drones.surveys()
    return made


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_map_pictures_and_findings_in_either_language(
    drones: Drones, survey: dict[str, Any], language: str
) -> None:
    answer = drones.bureau.call("GET", f"surveys/{survey['id']}/page?language={language}")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page, said = answer.text, WORDS[language]
    for part in ("title", "findings", "tracks", "photos", "files", "clue", "projected"):
        assert said[part] in page, part
    assert "CH4 &gt; 10 ppm" in page
    (drawn,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    svg = ElementTree.fromstring(drawn)
    kinds = [element.tag.rpartition("}")[2] for element in svg.iter()]
    assert "厂" in [element.text for element in svg.iter()]  # a boundary has its owner's name
    assert kinds.count("circle") == 3  # a camera, two findings
    colours = {
        element.get("stroke") for element in svg.iter() if element.get("stroke-width") == "3.5"
    }
    assert len(colours) == 2  # the plume is not coloured as the air around it


def test_a_page_has_the_first_of_many_and_says_how_many_more_there_are(
    drones: Drones, survey: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST", 1)
    shown = drones.bureau.call("GET", f"{survey['links']['page']}?language=en").text
    assert "2 more are not on this page" in shown  # of three files
    assert shown.count("1 more are not on this page") == 2  # of two findings, and on the map
    assert len(re.findall("<circle", shown)) == 2


def test_nothing_of_a_file_becomes_a_tag_and_nothing_is_loaded_from_elsewhere(
    drones: Drones, survey: dict[str, Any]
) -> None:
    answer = drones.bureau.call("GET", survey["links"]["page"])
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    tags = Tags(answer.text)
    assert "script" not in tags.tags
    assert tags.sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in tags.sources)


def test_a_survey_without_places_has_a_page_without_a_map(drones: Drones) -> None:
    drones.send(("x.bin", b"\0\1\2"), mission="M")
    (survey,) = drones.surveys()
    page = drones.bureau.call("GET", survey["links"]["page"]).text
    assert "<svg" not in page
    assert "unknown-type" in page


def test_thumbnails_and_originals_and_who_had_them(drones: Drones, survey: dict[str, Any]) -> None:
    photo = next(f for f in survey["files"] if f["content"] == "photo")
    small = drones.bureau.call("GET", photo["links"]["thumbnail"])
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    track = next(f for f in survey["files"] if f["content"] == "track")
    assert track["links"]["thumbnail"] is None
    part = drones.bureau.call(
        "GET", track["links"]["content"], "viewer", headers={"Range": "bytes=0-8"}
    )
    assert (part.status_code, part.content) == (206, HOT[:9])
    assert part.headers["content-disposition"].startswith("attachment")
    (entry,) = (
        each
        for each in drones.bureau.call("GET", "audit").json()["items"]
        if each["action"] == "survey_file.read"
    )
    assert (entry["actor"], entry["object"]) == ("viewer", f"survey/{survey['id']}")
    assert entry["data"] == {"sha256": track["sha256"]}


def test_words_are_the_same_in_both_languages() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
