"""Subscriptions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from monitor.actions import webhooks as actions
from monitor.api import paging
from monitor.api import webhook_shapes as shapes
from monitor.api.auth import Subscriber, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.clock import rfc3339
from monitor.errors import NotFound
from monitor.store import webhooks as rows

routes = router("webhooks")
_MAY_BE_NONE = ("rate", "bot_secret")


@routes.post(
    "/webhooks",
    response_model=shapes.NewWebhook,
    status_code=201,
    responses=problems(409, 415),
)
def create_webhook(tools: Tools, caller: Subscriber, body: shapes.SubscribeBody) -> Any:
    """Subscribe; `secret` is shown this once.

    `format` makes it messages in Chinese or English for a group's chat bot.
    """
    values = body.model_dump(exclude_unset=True)
    given = {"districts": body.districts} | values
    return actions.subscribe(tools.desk, caller, tools.policy, given)


@routes.get("/webhooks", response_model=shapes.WebhookPage)
def list_webhooks(
    tools: Tools, caller: Subscriber, limit: Limit = 100, cursor: Cursor = None
) -> Any:
    """The subscriptions made with this token; an administrator of the whole bureau sees all."""
    after = paging.decode("webhooks", cursor, int) or 0
    with tools.desk.store.read() as connection:
        found = rows.listed(connection, actions.owner(caller), limit + 1, after)
    found, following = paging.page(found, limit, lambda row: paging.encode("webhooks", row.id))
    return {"items": [actions.shape(row, tools.desk) for row in found], "next": following}


@routes.get("/webhooks/{hook_id}", response_model=shapes.Webhook)
def get_webhook(tools: Tools, caller: Subscriber, hook_id: Id, response: Response) -> Any:
    """One subscription."""
    with tools.desk.store.read() as connection:
        row = rows.find(connection, hook_id, actions.owner(caller))
    if row is None:
        raise NotFound(f"there is no webhook {hook_id}")
    return paging.tagged(response, actions.shape(row, tools.desk))


@routes.patch("/webhooks/{hook_id}", response_model=shapes.Webhook, responses=problems(415))
def change_webhook(
    tools: Tools, caller: Subscriber, hook_id: Id, body: shapes.ChangeWebhookBody
) -> Any:
    """Change what is named; enabling forgives the failures so far."""
    given = body.model_dump(exclude_unset=True)
    values = {name: v for name, v in given.items() if v is not None or name in _MAY_BE_NONE}
    return actions.change(tools.desk, caller, tools.policy, hook_id, values)


@routes.delete("/webhooks/{hook_id}", status_code=204)
def delete_webhook(tools: Tools, caller: Subscriber, hook_id: Id) -> Response:
    """End a subscription."""
    actions.remove(tools.desk, caller, hook_id)
    return Response(status_code=204)


@routes.post(
    "/webhooks/{hook_id}/test",
    response_model=shapes.TestSent,
    status_code=202,
    responses=problems(409),
)
def test_webhook(tools: Tools, caller: Subscriber, hook_id: Id) -> Any:
    """Send a `webhook.test` the way every event goes; its fate is under `deliveries`."""
    return actions.test(tools.desk, caller, hook_id)


@routes.post(
    "/webhooks/{hook_id}/rotate-secret", response_model=shapes.NewSecret, responses=problems(409)
)
def rotate_secret(tools: Tools, caller: Subscriber, hook_id: Id) -> Any:
    """A new secret, shown this once; the old one signs beside it for a day, unless set otherwise."""
    return actions.rotate(tools.desk, caller, tools.conditions.rotation, hook_id)


@routes.post(
    "/webhooks/{hook_id}/recover",
    response_model=shapes.Recovered,
    status_code=202,
    responses=problems(409),
)
def recover_webhook(
    tools: Tools,
    caller: Subscriber,
    hook_id: Id,
    since: Annotated[str, Query(description="A time or a date; from then on")],
    until: Annotated[str | None, Query(description="Without it: until now")] = None,
    everything: Annotated[
        bool, Query(alias="all", description="What was delivered already, too")
    ] = False,
) -> Any:
    """Send what happened since and was not delivered: given up, or the subscription was disabled or not
    there yet. The ids are those of then; what is pending is left as it is.
    """
    zone = tools.desk.zone
    begin = paging.moment(since, zone, "since")
    end = paging.end_of(until, zone, "until") if until else None
    return actions.recover(tools.desk, caller, hook_id, begin, end, delivered_too=everything)


@routes.get("/webhooks/{hook_id}/deliveries", response_model=shapes.DeliveryPage)
def list_deliveries(
    tools: Tools, caller: Subscriber, hook_id: Id, limit: Limit = 100, cursor: Cursor = None
) -> Any:
    """The delivery log, newest first: every event, every attempt, its answer or its fault."""
    before = paging.decode("deliveries", cursor, int)
    with tools.desk.store.read() as connection:
        if rows.find(connection, hook_id, actions.owner(caller)) is None:
            raise NotFound(f"there is no webhook {hook_id}")
        found = rows.ledger(connection, hook_id, limit + 1, before)
    found, following = paging.page(
        found, limit, lambda item: paging.encode("deliveries", item["id"])
    )
    return {"items": [_delivery(item, tools.desk.zone) for item in found], "next": following}


def _delivery(item: dict[str, Any], zone: Any) -> dict[str, Any]:
    def time(name: str) -> str | None:
        return rfc3339(item[name], zone) if item[name] else None

    return {
        "id": item["message"],
        "type": item["type"],
        "state": item["state"],
        "attempts": item["attempts"],
        "next_at": time("next_at") if item["state"] == "pending" else None,
        "delivered_at": time("delivered_at"),
        "last_status": item["last_status"],
        "last_error": item["last_error"],
        "log": [
            {
                "at": rfc3339(attempt.at, zone),
                "milliseconds": attempt.milliseconds,
                "status": attempt.status,
                "error": attempt.error,
            }
            for attempt in item["log"]
        ],
    }
