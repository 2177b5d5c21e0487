"""The page itself: tables, map, pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from monitor.survey_report import plan
from monitor.survey_report.words import WORDS

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
POLICY = f"{_POLICY}; sandbox"
"""The header's; `sandbox` does not stand in a page."""
MOST = 500
"""Rows of a table, and files and findings on the map."""
_LANGUAGES = {"zh": "zh-CN", "en": "en"}
_CSS = """
body{font:15px/1.6 'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC',
'WenQuanYi Zen Hei',sans-serif;color:#222;max-width:1000px;margin:24px auto;padding:0 16px}
h1{font-size:24px;border-bottom:2px solid #1f5a96;padding-bottom:6px}
h2{font-size:18px;margin:28px 0 8px;border-left:4px solid #1f5a96;padding-left:8px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{border:1px solid #ccc;padding:4px 8px;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f5f9}
svg{width:100%;height:auto}
.swatch{display:inline-block;width:22px;height:10px;margin:0 4px 0 8px}
.pictures{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:12px}
figure{margin:0;break-inside:avoid}
figure img{width:100%;height:auto}
figcaption,small{font-size:12.5px;color:#444;overflow-wrap:anywhere}
"""


def render(
    survey: Mapping[str, Any],
    drawings: Mapping[str, Mapping[str, Any]],
    boundaries: Mapping[str, str],
    pictures: Mapping[str, str],
    language: str,
) -> str:
    """The report of a survey as the API shows it.

    `drawings` and `pictures` (`data:` URLs) by the file's hash, `boundaries` (WKT) by the uscc.
    """
    said = WORDS[language]
    photos = [f for f in survey["files"] if f["content"] == "photo"]
    title = f"{said['title']} {survey['mission']}"
    parts = [
        f'<!DOCTYPE html>\n<html lang="{_LANGUAGES[language]}"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        _about(survey, said),
        *_map(survey, photos, drawings, boundaries, said),
        *_findings(survey["findings"], said),
        *_tracks(survey["files"], said),
        *_photos(photos, pictures, said),
        *_section(said["files"], _files(survey["files"], said)),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _section(title: str, content: str) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>"
    yield content


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_text(cell))}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _listed(head: Sequence[str], rows: Sequence[Sequence[Any]], said: Mapping[str, str]) -> str:
    """The first rows, and how many more there are."""
    return _table(head, rows[:MOST]) + _rest(len(rows), said)


def _rest(count: int, said: Mapping[str, str]) -> str:
    return f"<p>{escape(said['rest'].format(count=count - MOST))}</p>" if count > MOST else ""


def _text(cell: Any) -> str:
    if cell is None:
        return "—"
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)


def _about(survey: Mapping[str, Any], said: Mapping[str, str]) -> str:
    known = {each["uscc"] for each in survey["enterprises"]}
    named = survey["said_uscc"]
    if named is not None and named not in known:
        named += said["unknown"]
    of = [
        f"{e['name']} {e['uscc']}，{e['district']}（{said['by_said' if e['said'] else 'by_cover']}）"
        for e in survey["enterprises"]
    ]
    span = None if survey["start"] is None else f"{_time(survey['start'])} – {_time(survey['end'])}"
    rows = [
        (said["adapter"], survey["adapter"]),
        (said["mission"], survey["mission"]),
        (said["pilot"], survey["pilot"]),
        (said["span"], span),
        (said["received"], _time(survey["received_at"])),
        (said["said"], named),
        (said["enterprises"], "；".join(of) or said["none"]),
    ]
    cells = (
        f"<tr><th>{escape(name)}</th><td>{escape(_text(value))}</td></tr>" for name, value in rows
    )
    return f"<table>{''.join(cells)}</table>"


def _time(text: str | None) -> str:
    return "—" if text is None else text.replace("T", " ")[:19]


def _map(
    survey: Mapping[str, Any],
    photos: Sequence[Mapping[str, Any]],
    drawings: Mapping[str, Mapping[str, Any]],
    boundaries: Mapping[str, str],
    said: Mapping[str, str],
) -> Iterator[str]:
    names = {each["uscc"]: each["name"] for each in survey["enterprises"]}
    found = survey["findings"][:MOST]
    drawn_files = list(drawings.values())[:MOST]
    substance = plan.substance_of(drawn_files, (each["details"] for each in found))
    scene = plan.Scene(
        boundaries={names[uscc]: written for uscc, written in boundaries.items()},
        drawings=drawn_files,
        cameras=[
            (number, camera, None if photo["place"]["of_camera"] else photo["place"])
            for number, photo in enumerate(photos[:MOST], 1)
            if photo["place"] is not None and (camera := _camera(photo)) is not None
        ],
        findings=[(n, each["place"]) for n, each in enumerate(found, 1) if each["place"]],
        substance=substance,
    )
    drawn = plan.draw(scene, said["scale"])
    if drawn is None:
        return
    note = f"<p><small>{escape(said['note'])}</small></p>"
    note += _rest(max(map(len, (survey["findings"], drawings, photos))), said)
    if substance is not None:
        title = said["value"].format(pollutant=substance.pollutant, unit=substance.unit)
        note = plan.legend(substance, title) + note
    yield from _section(said["map"], drawn + note)


def _camera(photo: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = photo["details"].get("camera")
    return found


def _findings(found: Sequence[Mapping[str, Any]], said: Mapping[str, str]) -> Iterator[str]:
    rows = [
        (
            number,
            _time(each["start"])
            + (said["untimed"] if each["details"].get("time_known") is False else ""),
            each["label"],
            _peak(each["details"]),
            _whose(each, said),
            each["alert"],
        )
        for number, each in enumerate(found, 1)
    ]
    head = ["", *(said[key] for key in ("when", "what", "peak", "whose", "alert"))]
    content = f"<p>{escape(said['clue'])}</p>" + _listed(head, rows, said)
    yield from _section(said["findings"], content if rows else f"<p>{escape(said['none'])}</p>")


def _peak(details: Mapping[str, Any]) -> str | None:
    if "peak" not in details:
        return None
    return f"{details['peak']:.5g} {details.get('unit', '')}"


def _whose(each: Mapping[str, Any], said: Mapping[str, str]) -> str:
    if each["enterprise"] is not None:
        return str(each["enterprise"]["name"])
    near = each["nearest"]
    if near is None:
        return said["nowhere"]
    return said["nearest"].format(name=near["name"], distance=near["distance"] or 0)


def _tracks(files: Sequence[Mapping[str, Any]], said: Mapping[str, str]) -> Iterator[str]:
    rows = [
        (
            f["name"],
            f"{_time(f['start'])} – {_time(f['end'])}",
            f["details"].get("points"),
            said["value"].format(pollutant=series["pollutant"], unit=series["unit"]),
            series["peak"],
        )
        for f in files
        if f["content"] == "track"
        for series in f["details"].get("series", ())
    ]
    if rows:
        head = [said[key] for key in ("file", "span", "points", "substance", "peak")]
        yield from _section(said["tracks"], _listed(head, rows, said))


def _photos(
    photos: Sequence[Mapping[str, Any]], pictures: Mapping[str, str], said: Mapping[str, str]
) -> Iterator[str]:
    figures = [
        f'<figure><img src="{escape(pictures[photo["sha256"]])}" alt="{number}">'
        f"<figcaption>{escape(_caption(number, photo, said))}</figcaption></figure>"
        for number, photo in enumerate(photos, 1)
        if photo["sha256"] in pictures
    ]
    if not photos:
        return
    rest = len(photos) - len(figures)
    more = f"<p>{escape(said['more'].format(count=rest))}</p>" if rest else ""
    yield from _section(said["photos"], f'<div class="pictures">{"".join(figures)}</div>{more}')


def _caption(number: int, photo: Mapping[str, Any], said: Mapping[str, str]) -> str:
    parts = [f"{number}. {photo['name']}", _time(photo["start"])]
    how, place = photo["details"].get("placed"), photo["place"]
    if how is not None and place is not None:
        parts.append(f"{place['longitude']:.6f}, {place['latitude']:.6f} ({said[how]})")
        if place["accuracy"] is not None:
            parts.append(said["accuracy"].format(metres=place["accuracy"]))
    if photo["details"].get("thermal_raw"):
        parts.append(said["thermal"])
    return " · ".join(parts)


def _files(files: Sequence[Mapping[str, Any]], said: Mapping[str, str]) -> str:
    rows = [
        (
            f["name"],
            said[f["content"]],
            f["size"],
            ", ".join(f"{name} ×{count}" for name, count in f["problems"].items()) or None,
            f["sha256"],
        )
        for f in files
    ]
    head = [said[key] for key in ("file", "what", "size", "problems", "sha")]
    return _listed(head, rows, said)
