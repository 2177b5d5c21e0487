"""Roles against routes, and the reach of districts over everything that is listed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from monitor.actions import tokens
from monitor.actions.clockwork import SYSTEM
from monitor.observation import Frame, Layout, Period, Readings, Statistic
from monitor.store import devices, frames, media, sightings, surveys
from monitor.tokens import RIGHTS, Caller, Right, Role
from tests.api.conftest import AT, DISTRICT, EAST, MN, WEST, Bureau
from tests.pictures import photo

READ, WORK, DIRECT = Right.READ, Right.WORK, Right.DIRECT
SUBSCRIBE, OPERATE, AUDIT = Right.SUBSCRIBE, Right.OPERATE, Right.AUDIT

ROUTES = {
    "list_task_changes": READ,
    "list_events": READ,
    "stream_events": READ,
    "list_tasks": READ,
    "queue_task": DIRECT,
    "export_tasks": READ,
    "map_tasks": READ,
    "create_calendar": READ,
    "list_calendars": READ,
    "delete_calendar": READ,
    "get_task": READ,
    "claim_task": WORK,
    "renew_task": WORK,
    "release_task": WORK,
    "complete_task": WORK,
    "close_task": DIRECT,
    "withdraw_task": DIRECT,
    "return_task": WORK,
    "transfer_task": DIRECT,
    "extend_task": DIRECT,
    "suspend_task": DIRECT,
    "resume_task": DIRECT,
    "escalate_task": WORK,
    "reopen_task": DIRECT,
    "settle_follow_up": WORK,
    "defer_follow_up": DIRECT,
    "attach_file": WORK,
    "list_attachments": READ,
    "get_attachment": READ,
    "get_attachment_content": READ,
    "get_attachment_thumbnail": READ,
    "strike_out_attachment": DIRECT,
    "get_upload_options": WORK,
    "begin_upload": WORK,
    "get_upload_progress": WORK,
    "continue_upload": WORK,
    "cancel_upload": WORK,
    "create_reminder": DIRECT,
    "list_reminders": READ,
    "get_reminder": READ,
    "renew_reminder": DIRECT,
    "get_contacts": READ,
    "put_contacts": DIRECT,
    "send_messages": DIRECT,
    "list_messages": READ,
    "list_alerts": READ,
    "get_alert": READ,
    "get_evidence": READ,
    "screen_alert": DIRECT,
    "create_silence": DIRECT,
    "list_silences": READ,
    "get_silence": READ,
    "end_silence": DIRECT,
    "list_rules": READ,
    "get_yield": READ,
    "list_sightings": READ,
    "get_sighting": READ,
    "get_sighting_file": READ,
    "get_sighting_thumbnail": READ,
    "list_surveys": READ,
    "get_survey": READ,
    "get_survey_page": READ,
    "get_survey_file": READ,
    "get_survey_thumbnail": READ,
    "hand_in_files": Right.FEED,
    "get_file_options": Right.FEED,
    "begin_file": Right.FEED,
    "get_file_progress": Right.FEED,
    "continue_file": Right.FEED,
    "cancel_file": Right.FEED,
    "push": Right.FEED,
    "list_enterprises": READ,
    "get_enterprise": READ,
    "get_positive_list": READ,
    "get_listing": READ,
    "get_inclusion": READ,
    "get_review": READ,
    "enter_listing": DIRECT,
    "end_listing": DIRECT,
    "move_listing": DIRECT,
    "list_proposals": READ,
    "get_proposal": READ,
    "propose_listing": DIRECT,
    "approve_proposal": DIRECT,
    "reject_proposal": DIRECT,
    "withdraw_proposal": DIRECT,
    "list_publications": READ,
    "get_publication": READ,
    "publish_list": DIRECT,
    "ask_draw": DIRECT,
    "upload_draw": DIRECT,
    "list_draws": READ,
    "get_draw": READ,
    "list_observations": READ,
    "list_averages": READ,
    "list_marks": READ,
    "get_mark": READ,
    "list_marked_hours": READ,
    "enter_mark": DIRECT,
    "strike_out_mark": DIRECT,
    "list_cases": READ,
    "get_case": READ,
    "list_case_versions": READ,
    "enter_case": WORK,
    "amend_case": WORK,
    "strike_out_case": DIRECT,
    "list_reliefs": READ,
    "get_relief": READ,
    "list_relief_versions": READ,
    "enter_relief": WORK,
    "amend_relief": WORK,
    "strike_out_relief": DIRECT,
    "list_documents": READ,
    "get_document": READ,
    "list_document_versions": READ,
    "enter_document": WORK,
    "amend_document": WORK,
    "strike_out_document": DIRECT,
    "list_typical_cases": READ,
    "get_typical_case": READ,
    "list_typical_case_versions": READ,
    "enter_typical_case": WORK,
    "amend_typical_case": WORK,
    "strike_out_typical_case": DIRECT,
    "get_brief": READ,
    "renew_brief": READ,
    "get_article": READ,
    "renew_article": READ,
    "get_year_summary": READ,
    "renew_year_summary": READ,
    "get_summary": READ,
    "list_report_duties": READ,
    "hand_in_report": DIRECT,
    "list_emergency_orders": READ,
    "get_emergency_order": READ,
    "enter_emergency_order": DIRECT,
    "lift_emergency_order": DIRECT,
    "strike_out_emergency_order": DIRECT,
    "list_complaints": READ,
    "record_complaint": Right.COMPLAIN,
    "get_complaint": READ,
    "identify_reporter": Right.IDENTIFY,
    "accept_complaint": WORK,
    "refuse_complaint": DIRECT,
    "hand_on_complaint": DIRECT,
    "extend_complaint": DIRECT,
    "close_complaint": DIRECT,
    "give_feedback": WORK,
    "create_webhook": SUBSCRIBE,
    "list_webhooks": SUBSCRIBE,
    "get_webhook": SUBSCRIBE,
    "change_webhook": SUBSCRIBE,
    "delete_webhook": SUBSCRIBE,
    "test_webhook": SUBSCRIBE,
    "rotate_secret": SUBSCRIBE,
    "recover_webhook": SUBSCRIBE,
    "list_deliveries": SUBSCRIBE,
    "list_devices": READ,
    "get_device": READ,
    "list_gaps": READ,
    "list_loggers": OPERATE,
    "get_logger": OPERATE,
    "assign_logger": Right.COMMAND,
    "list_problems": OPERATE,
    "list_commands": OPERATE,
    "list_command_codes": OPERATE,
    "get_command": OPERATE,
    "place_command": Right.COMMAND,
    "cancel_command": Right.COMMAND,
    "get_frame": OPERATE,
    "list_audit": AUDIT,
    "export_audit": AUDIT,
    "list_tokens": Right.MANAGE,
    "get_token": Right.MANAGE,
    "create_token": Right.MANAGE,
    "revoke_token": Right.MANAGE,
    "end_session": READ,
}
OPEN = {"get_health", "get_readiness", "get_metrics", "read_calendar"}
OPEN |= {"get_reply_page", "send_reply", "begin_login", "end_login", "get_complaint_form"}
ROLES = {
    READ: {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.VIEWER},
    WORK: {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER},
    DIRECT: {Role.ADMIN, Role.SUPERVISOR},
    SUBSCRIBE: {Role.ADMIN, Role.SUPERVISOR, Role.VIEWER},
    OPERATE: {Role.ADMIN, Role.SUPERVISOR},
    Right.COMMAND: {Role.ADMIN, Role.SUPERVISOR},
    AUDIT: {Role.ADMIN},
    Right.FEED: {Role.ADMIN, Role.FEEDER},
    Right.MANAGE: {Role.ADMIN},
    Right.COMPLAIN: {Role.ADMIN, Role.SUPERVISOR, Role.OFFICER, Role.FEEDER},
    Right.IDENTIFY: {Role.ADMIN, Role.SUPERVISOR},
}


def operations(app: FastAPI) -> dict[str, tuple[str, str]]:
    """Every operation of the OpenAPI document: its id, method and path."""
    return {
        operation["operationId"]: (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


def concrete(path: str) -> str:
    for name in ("task", "alert", "hook", "frame", "command", "attachment", "reminder"):
        path = path.replace(f"{{{name}_id}}", "12345")
    for name in ("link", "token", "listing", "proposal", "publication", "draw"):
        path = path.replace(f"{{{name}_id}}", "12345")
    if path.endswith("/stream"):
        path += "?cursor=none"  # an answer that does not end would be waited for
    named = {"mn": "M", "logger": "L", "uscc": "U", "secret": "s" * 43, "number": "9"}
    named |= {"upload": "0" * 32, "token": "T", "sighting_id": "9", "sha256": "0" * 64}
    named |= {"survey_id": "9", "name": "drones"}
    named |= {"path": "cameras"}
    for name, value in named.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def test_every_route_is_in_the_matrix(bureau: Bureau) -> None:
    assert set(operations(bureau.app)) == set(ROUTES) | OPEN


def test_the_rights_are_those_of_the_matrix() -> None:
    assert {right: {role for role in Role if right in RIGHTS[role]} for right in Right} == ROLES


def test_each_role_may_what_the_matrix_says_and_no_more(bureau: Bureau) -> None:
    for name, (method, path) in operations(bureau.app).items():
        for role in Role:
            status = bureau.call(method, concrete(path), role.value).status_code
            if name in OPEN or role in ROLES[ROUTES[name]]:
                assert status not in (401, 403, 405, 500), (name, role, status)
            else:
                assert status == 403, (name, role, status)


def test_without_a_token_in_force_there_is_nothing(bureau: Bureau) -> None:
    made, text = tokens.create(bureau.desk, SYSTEM, "x", Role.ADMIN)
    bureau.clock.at -= timedelta(days=1)
    yesterday = bureau.clock.at.date()
    expired = tokens.create(bureau.desk, SYSTEM, "y", Role.ADMIN, expires_on=yesterday)[1]
    bureau.clock.at += timedelta(days=1)
    lasting = tokens.create(bureau.desk, SYSTEM, "z", Role.ADMIN, expires_on=AT.date())[1]
    tokens.revoke(bureau.desk, SYSTEM, made)
    wrong = [text, expired, "omt_" + "0" * 36, "nonsense", text[:-1] + "!"]
    for name, (method, path) in operations(bureau.app).items():
        if name in OPEN:
            continue
        answer = bureau.call(method, concrete(path), headers={"Authorization": ""})
        assert answer.status_code == 401, name
        assert answer.headers["www-authenticate"] == "Bearer"
    for token in wrong:
        answer = bureau.call("GET", "tasks", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert token not in answer.text
    answer = bureau.call("GET", "tasks", headers={"Authorization": f"Bearer {lasting}"})
    assert answer.status_code == 200


def test_the_last_use_of_a_token_is_known_to_the_minute(bureau: Bureau) -> None:
    bureau.call("GET", "tasks")
    used = tokens.listed(bureau.desk, SYSTEM)[0]
    assert used["last_used_at"] == "2026-11-20T16:00:00+08:00"
    assert "hash" not in used


def heard(bureau: Bureau) -> dict[str, int]:
    """A frame and an hour of both enterprises and of a stranger; the frames' ids."""
    from monitor.store import readings
    from monitor.store.readings import Arrival

    names = [MN[EAST], MN[WEST], "STRANGER"]
    report = Layout((("a21026", Statistic.VALUE), ("a21026", Statistic.CONVERTED)))
    with bureau.store.write() as connection:
        numbers = devices.numbers(connection, dict.fromkeys(names, ("hj212", "10.0.0.1:1", AT)))
        layouts = devices.layout_numbers(connection, [report])
        first = frames.append(
            connection,
            [Frame("hj212", "10.0.0.1:1", AT, b"##0000", device=mn) for mn in names],
        )
        readings.add(
            connection,
            [
                Arrival(
                    Readings(
                        mn,
                        Period.HOUR,
                        AT.replace(hour=6),
                        AT.replace(hour=7),
                        report,
                        [30.0, 41.5],
                    ),
                    numbers[mn],
                    layouts[report],
                    False,
                    None,
                    1_790_000_000_000,
                    first,
                )
                for mn in names
            ],
        )
        devices.count_problems(
            connection,
            [
                {
                    "day": AT.date(),
                    "adapter": "hj212",
                    "device": mn,
                    "problem": "crc-mismatch",
                    "count": 1,
                    "first_at": AT,
                    "last_at": AT,
                    "frame": first + index,
                }
                for index, mn in enumerate(names)
            ],
        )
    return {mn: first + index for index, mn in enumerate(names)}


LISTS = [
    "tasks",
    "tasks/changes",
    "events",
    "alerts",
    "enterprises",
    "positive-list",
    "devices",
    "problems",
]


def test_a_district_sees_its_own_and_nothing_else(bureau: Bureau) -> None:
    ids = {uscc: (bureau.task(uscc)["id"], bureau.alert(uscc)) for uscc in (EAST, WEST)}
    bureau.call("POST", "tasks", json={"place": {"longitude": 1, "latitude": 2}, "reason": "?"})
    frame_ids = heard(bureau)
    everything = {path: len(bureau.call("GET", path).json()["items"]) for path in LISTS}
    assert everything == {
        "tasks": 3,
        "tasks/changes": 3,
        "events": 3,
        "alerts": 2,
        "enterprises": 2,
        "positive-list": 2,
        "devices": 3,
        "problems": 3,
    }
    for mine, other, district in ((EAST, WEST, "东区"), (WEST, EAST, "西区")):

        def get(path: str, district: str = district) -> Any:
            return bureau.call("GET", path, "supervisor", district)

        for path in LISTS:
            found = get(path).json()["items"]
            assert len(found) == 1, path
            assert other not in json.dumps(found), path
            assert MN[other] not in json.dumps(found), path
        singles = {
            "tasks/{}": [ids[uscc][0] for uscc in (mine, other)],
            "alerts/{}/evidence": [ids[uscc][1] for uscc in (mine, other)],
            "alerts/{}": [ids[uscc][1] for uscc in (mine, other)],
            "enterprises/{}": [mine, other],
            "outlets/{}/observations": [MN[mine], MN[other]],
            "devices/{}": [MN[mine], MN[other]],
            "devices/{}/gaps": [MN[mine], MN[other]],
            "frames/{}": [frame_ids[MN[mine]], frame_ids[MN[other]]],
        }
        for path, (visible, hidden) in singles.items():
            assert get(path.format(visible)).status_code == 200, path
            assert get(path.format(hidden)).status_code == 404, path
        steps = {
            f"tasks/{ids[other][0]}/claim": {},
            f"tasks/{ids[other][0]}/close": {},
            f"tasks/{ids[other][0]}/withdraw": {"reason": "x"},
            f"tasks/{ids[other][0]}/release": {"lease": "x"},
            f"alerts/{ids[other][1]}/screen": {"verdict": "dismiss", "reason": "x"},
            "tasks": {"uscc": other, "reason": "x"},
        }
        for path, body in steps.items():
            answer = bureau.call("POST", path, "supervisor", district, json=body)
            assert answer.status_code == 404, path
    assert bureau.call("GET", "audit", "admin", "东区").status_code == 403
    assert bureau.call("GET", "loggers", "admin", "东区").status_code == 403


BODIES: dict[str, Any] = {
    "put_contacts": [],
    "renew_task": {"lease": "x"},
    "release_task": {"lease": "x"},
    "complete_task": {"lease": "x", "result": "confirmed", "findings": "x", "officers": ["x", "y"]}
    | {"inspected_at": "2026-11-20T08:00:00+08:00"},
    "return_task": {"reason": "x"},
    "transfer_task": {"reason": "x", "district": "西区"},
    "extend_task": {"reason": "x", "due_at": "2026-12-31"},
    "suspend_task": {"reason": "x"},
    "escalate_task": {"reason": "x"},
    "reopen_task": {"reason": "x"},
    "settle_follow_up": {"on": "2026-11-20"},
    "defer_follow_up": {"due_on": "2026-12-31", "reason": "x"},
    "withdraw_task": {"reason": "x"},
    "strike_out_attachment": {"reason": "x"},
    "renew_reminder": {},
    "screen_alert": {"verdict": "dismiss", "reason": "x"},
    "strike_out_mark": {"reason": "x"},
    "lift_emergency_order": {"at": "2026-11-21T08:00:00+08:00", "reason": "x"},
    "amend_case": {"violation": "x"},
    "amend_relief": {"ground": "x"},
    "amend_document": {"title": "y"},
    "amend_typical_case": {"title": "y"},
    "accept_complaint": {"reason": "x"},
    "refuse_complaint": {"reason": "x"},
    "hand_on_complaint": {"reason": "x", "body": "示例局"},
    "extend_complaint": {"reason": "x", "due_at": "2027-01-21"},
    "close_complaint": {"outcome": "x"},
    "give_feedback": {"reason": "x"},
    "change_webhook": {"state": "disabled"},
    "place_command": {"code": "1012"},
    "cancel_command": {"reason": "x"},
    "assign_logger": {"mn": "M"},
    "end_listing": {"from": "2026-11-21", "document": "x", "reason": "x"},
    "move_listing": {"category": "6", "from": "2026-11-21", "document": "x", "grounds": "x"},
    "approve_proposal": {"document": "x"},
    "reject_proposal": {"reason": "x"},
    "withdraw_proposal": {"reason": "x"},
}
"""What a step needs to be understood; a route that is not here takes nothing, or need not."""
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Upload-Offset": "0"}
"""What the routes of resumable uploads want to be asked with; the others pass it over."""
QUERY = {
    "recover_webhook": {"since": "2026-11-19"},
    "strike_out_emergency_order": {"reason": "x"},
    "strike_out_case": {"reason": "x"},
    "strike_out_relief": {"reason": "x"},
    "strike_out_document": {"reason": "x"},
    "strike_out_typical_case": {"reason": "x"},
    "get_inclusion": {"category": "6"},
    "identify_reporter": {"reason": "x"},
}
BYTES = {"Content-Type": "application/offset+octet-stream"}
OF_NO_DISTRICT = {"get_logger", "assign_logger", "end_listing", "move_listing"}
OF_NO_DISTRICT |= {"approve_proposal", "reject_proposal"}
"""They take a token of all districts: 403, whatever they name."""
PUBLIC = {"get_publication"}
"""What is published is for everybody."""


def attached(bureau: Bureau, task: int) -> int:
    """The id of a picture at a task."""
    file = {"file": ("x.png", photo(form="PNG"), "image/png")}
    answer = bureau.call("POST", f"tasks/{task}/attachments", files=file)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def sighted(bureau: Bureau, uscc: str) -> dict[str, Any]:
    """What a camera of an enterprise saw, and its picture."""
    draft = bureau.desk.media.draft()
    draft.write(photo())
    picture = bureau.desk.media.examine(draft.path, draft.finish())
    bureau.desk.media.place(picture)
    values = {
        "adapter": "eyes",
        "key": uscc,
        "kind": "video",
        "source": "gate",
        "label": "fire",
        "start_ms": 0,
        "of_camera": False,
        "placed": "camera",
        "uscc": uscc,
        "enterprise": "厂",
        "district": DISTRICT[uscc],
        "supplementary": False,
        "details": {},
        "frame": 1,
        "received_at": AT,
    }
    with bureau.store.write() as connection:
        row, _ = sightings.enter(connection, values)
        media.add(connection, picture, AT)
        sightings.add_files(connection, row.id, [(picture.sha256, "x.jpg")])
    return {"sighting_id": row.id, "sha256": picture.sha256}


def surveyed(bureau: Bureau, uscc: str, sha256: str) -> int:
    """The id of a survey of an enterprise, with a file that is recorded."""
    at = {"received_at": AT, "updated_at": AT}
    with bureau.store.write() as connection:
        row = surveys.enter(connection, {"adapter": "drones", "mission": uscc} | at)
        number = int(row.id)
        owner = {"uscc": uscc, "enterprise": "厂", "district": DISTRICT[uscc], "said": False}
        surveys.add_enterprises(connection, [{"survey": number} | owner])
        file = {"survey": number, "sha256": sha256, "name": "x.jpg", "content": "photo"}
        file |= {"of_camera": False, "details": {}, "problems": {}, "frame": 1, "received_at": AT}
        surveys.put_file(connection, file)
    return number


def things(bureau: Bureau, uscc: str) -> dict[str, Any]:
    """One of everything that has an id, of an enterprise's district, by the parameter's name."""
    bureau.with_outlets()
    mn, district = MN[uscc], DISTRICT[uscc]

    def made(path: str, body: dict[str, Any], *who: str) -> int:
        answer = bureau.call("POST", path, *(who or ("admin",)), json=body)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    mark = {"mn": mn, "class": "device", "item": "CEMS维护", "manual": True}
    span = {"start": "2026-11-20T08:00:00+08:00", "end": "2026-11-20T09:00:00+08:00"}
    order = {"uscc": uscc, "kind": "stop", "start": span["start"]}
    complaint = {"channel": "visit", "uscc": uscc, "text": "x", "reporter": {"name": "示例"}}
    complaint["received_at"] = span["start"]
    document = {"number": "1", "title": "x", "issued_on": "2026-11-01", "district": district}
    typical = {"uscc": uscc, "chosen_on": "2026-11-01", "title": "x", "text": "x"}
    hook = {"url": "https://example.org/x", "types": ["*"]}
    token = {"name": f"of {district}", "role": "viewer", "districts": [district]}
    proposal = {"change": "remove", "uscc": uscc, "from": "2026-12-01", "grounds": "x"}
    task = bureau.task(uscc)["id"]
    listed = bureau.call("GET", f"positive-list?uscc={uscc}").json()["items"]
    return {
        "task_id": task,
        "attachment_id": attached(bureau, task),
        "reminder_id": made("reminders", {"uscc": uscc, "text": "x"}),
        "link_id": made("calendars", {}, "admin", district),
        "upload": "0" * 32,
        "alert_id": bureau.alert(uscc),
        "silence_id": made("silences", {"uscc": uscc, "reason": "x", "until": "2026-11-28"}),
        **(seen := sighted(bureau, uscc)),
        "survey_id": surveyed(bureau, uscc, seen["sha256"]),
        "name": "nobody",
        "path": "nobody",
        "number": made("marks", mark | span),
        "order_id": made("emergency-orders", order),
        "case_id": made("cases", {"uscc": uscc, "act_on": "2026-11-01", "filed_on": "2026-11-02"}),
        "relief_id": made("reliefs", {"uscc": uscc, "on": "2026-11-01", "kind": "no_penalty"}),
        "document_id": made("documents", document),
        "typical_case_id": made("typical-cases", typical),
        "listing_id": listed[0]["id"],
        "proposal_id": made("positive-list/proposals", proposal, "admin", district),
        "publication_id": made("positive-list/publications", {"on": "2026-11-20"}),
        "draw_id": made("draws", {"date": "2026-11-20", "enterprises": [uscc]}),
        "complaint_id": made("complaints", complaint),
        "hook_id": made("webhooks", hook, "admin", district),
        "command_id": made(f"devices/{mn}/commands", {"code": "1012"}),
        "token_id": made("tokens", token),
        "frame_id": heard(bureau)[mn],
        "uscc": uscc,
        "mn": mn,
        "logger": "L",
    }


def test_what_is_of_another_district_is_not_there_whatever_is_asked_of_it(bureau: Bureau) -> None:
    ids = things(bureau, WEST)
    asked = 0
    for name, (method, path) in operations(bureau.app).items():
        if "{" not in path or name in OPEN | PUBLIC | {"get_upload_options"}:  # tells of no task
            continue
        asked += 1
        body = BODIES.get(name)
        headers = TUS | BYTES if name == "continue_upload" else TUS
        asking = {"json": body, "headers": headers, "params": QUERY.get(name)}
        answer = bureau.call(method, path.format(**ids), "admin", "东区", **asking)
        expected = 403 if name in OF_NO_DISTRICT else 404
        assert answer.status_code == expected, (name, answer.text)
        if name not in OF_NO_DISTRICT and (method == "GET" or name in BODIES):
            asking = {"json": body, "params": QUERY.get(name)}
            there = bureau.call(method, path.format(**ids), "admin", "西区", **asking)
            assert there.status_code in (200, 201, 202, 409), (name, there.text)
    assert asked > 50


def test_subscriptions_stay_within_the_tokens_districts(bureau: Bureau) -> None:
    def subscribe(**more: Any) -> Any:
        body = {"url": "https://example.org/x", "types": ["*"]} | more
        return bureau.call("POST", "webhooks", "viewer", "东区", json=body)

    assert subscribe(districts=["西区"]).status_code == 422
    mine = subscribe().json()
    assert mine["districts"] == ["东区"]
    path = f"webhooks/{mine['id']}"
    assert bureau.call("GET", path, "viewer", "西区").status_code == 404
    assert bureau.call("DELETE", path, "viewer").status_code == 404
    assert bureau.call("GET", "webhooks", "viewer").json()["items"] == []
    assert len(bureau.call("GET", "webhooks").json()["items"]) == 1
    widened = bureau.call("PATCH", path, "viewer", "东区", json={"districts": []})
    assert widened.json()["districts"] == ["东区"]


def test_what_is_of_no_district_is_seen_by_those_who_see_all() -> None:
    bound = Caller(id=1, name="x", role=Role.VIEWER, districts=("东区",))
    assert not bound.sees(None)
    assert Caller(id=1, name="x", role=Role.VIEWER).sees(None)


@pytest.mark.parametrize("mine", [True, False])
def test_quarantine_is_shown_to_the_bureau_only(bureau: Bureau, mine: bool) -> None:
    heard(bureau)
    who = () if mine else ("东区",)
    found = bureau.call("GET", "devices?registered=false", "supervisor", *who).json()["items"]
    assert [device["mn"] for device in found] == (["STRANGER"] if mine else [])
    for path in ("devices/STRANGER", "devices/STRANGER/gaps"):
        assert bureau.call("GET", path, "viewer", *who).status_code == (200 if mine else 404)
