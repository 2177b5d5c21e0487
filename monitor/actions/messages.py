"""Contacts of enterprises, and messages to them by the gateway (宣贯帮扶, 短信提醒).

A message is queued in the transaction of what it is about, and sent by `monitor.worker.messages`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.actions.desk import Desk, Work
from monitor.errors import Conflict, NotFound
from monitor.exchange import fingerprint
from monitor.gateway import is_phone
from monitor.register import Enterprise
from monitor.store import contacts, messages
from monitor.task import InputError
from monitor.tokens import Caller, Right


def contacts_of(desk: Desk, caller: Caller, uscc: str) -> dict[str, Any]:
    """An enterprise's contacts; NotFound outside the caller's districts."""
    _known(desk.register().enterprise(uscc), caller, uscc)
    with desk.store.read() as connection:
        return _contacts(connection, uscc)


def put_contacts(
    desk: Desk, caller: Caller, uscc: str, people: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Replace an enterprise's contacts; the trail says how many, not who: it is kept for ever."""
    for number, person in enumerate(people, 1):
        if not is_phone(person["phone"]):
            raise InputError(
                f"contact {number}: phone: a mobile such as 13900000000, a landline such as "
                f"0551-60000000, or one abroad such as +85200000000 is needed"
            )
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        _known(work.books.enterprise(uscc), caller, uscc)
        contacts.lock(work.connection, uscc)
        work.seen(fingerprint(_contacts(work.connection, uscc)))
        by = {"recorded_at": work.at, "recorded_by": caller.name}
        contacts.put(work.connection, uscc, [{**person, **by} for person in people])
        work.audit("contacts.put", f"enterprise/{uscc}", data={"contacts": len(people)})
        after = _contacts(work.connection, uscc)
        work.leaves(f"enterprises/{uscc}/contacts", fingerprint(after))
        return after


def _contacts(connection: Any, uscc: str) -> dict[str, Any]:
    return {"items": [contacts.shape(row) for row in contacts.of(connection, uscc)]}


def _known(found: Enterprise | None, caller: Caller, uscc: str) -> Enterprise:
    if found is None or not caller.sees(found.district):
        raise NotFound(f"there is no enterprise {uscc}")
    return found


def guide(desk: Desk, caller: Caller, usccs: Sequence[str], text: str) -> dict[str, Any]:
    """Send guidance to the first contact of each enterprise; says which have none.

    Raises Conflict without a gateway, NotFound if one of the enterprises is not in reach: then nothing
    is sent to any.
    """
    if desk.reminding.gateway is None:
        raise Conflict("there is no gateway to send by; set [reminders.gateway] url")
    with desk.transaction(caller, Right.DIRECT, books=True) as work:
        found = [_known(work.books.enterprise(each), caller, each) for each in dict.fromkeys(usccs)]
        phones = contacts.first_phones(work.connection, [each.uscc for each in found])
        reached = [each for each in found if each.uscc in phones]
        rows = [
            {
                "uscc": each.uscc,
                "enterprise": each.name,
                "district": each.district,
                "to": phones[each.uscc],
                "text": text,
            }
            for each in reached
        ]
        messages.queue(work.connection, rows, work.at, caller.name)
        said = {"usccs": [each.uscc for each in reached], "text": text}
        work.audit("message.send", "messages", data=said)
        without = [each.uscc for each in found if each.uscc not in phones]
        return {"queued": len(rows), "without_contact": without}


def pass_on(work: Work, reminder: int, told: Mapping[str, Any], link: str) -> None:
    """Queue a reminder with its link, where there is a gateway and somebody to reach.

    `told`: the enterprise's `uscc`, its name as `enterprise`, its `district` and the `text`.
    """
    if work.desk.reminding.gateway is None:
        return
    messages.give_up_links(work.connection, reminder)
    phones = contacts.first_phones(work.connection, [told["uscc"]])
    rows = [{**told, "reminder": reminder, "to": phone, "link": link} for phone in phones.values()]
    messages.queue(work.connection, rows, work.at, work.caller.name)
