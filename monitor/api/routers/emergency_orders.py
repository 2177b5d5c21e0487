"""Emergency orders (应急减排): what power use is held against while they are in force."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from monitor.actions import emergency_orders as actions
from monitor.api import paging, power_shapes
from monitor.api.auth import Director, Reader, Tools
from monitor.api.paging import Cursor, Id, Limit
from monitor.api.routers.common import problems, router
from monitor.clock import to_ms
from monitor.power import Order, OrderKind
from monitor.store import emergency_orders as orders

routes = router("emergency orders")


@routes.get("/emergency-orders", response_model=power_shapes.EmergencyOrderPage)
def list_emergency_orders(
    tools: Tools,
    caller: Reader,
    uscc: Annotated[str | None, Query(max_length=100)] = None,
    start: Annotated[str | None, Query(alias="from", description="a time, or a date")] = None,
    end: Annotated[str | None, Query(alias="to", description="a time, or a date's end")] = None,
    struck_out: Annotated[bool, Query(description="with those that count no more")] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """Orders that touch a span, in order of time."""
    desk = tools.desk
    after = paging.decode("emergency-orders", cursor, int, int)
    with desk.store.read() as connection:
        rows = orders.listed(
            connection,
            caller.districts,
            limit + 1,
            after,
            uscc=uscc,
            start_ms=to_ms(paging.moment(start, desk.zone, "from")) if start else None,
            end_ms=to_ms(paging.end_of(end, desk.zone, "to")) if end else None,
            struck_out=struck_out,
        )
    rows, following = paging.page(
        rows, limit, lambda row: paging.encode("emergency-orders", row.start_ms, row.id)
    )
    return {"items": [actions.shape(row, desk.zone) for row in rows], "next": following}


@routes.post(
    "/emergency-orders",
    response_model=power_shapes.EmergencyOrder,
    status_code=201,
    responses={**problems(409, 415), 200: {"model": power_shapes.EmergencyOrder}},
)
def enter_emergency_order(
    tools: Tools, caller: Director, body: power_shapes.EmergencyOrderBody, response: Response
) -> Any:
    """Enter an order to stop or to limit production. The same order again is answered with 200."""
    zone = tools.desk.zone
    said = Order(
        uscc=body.uscc.strip().upper(),
        kind=OrderKind(body.kind),
        start_ms=to_ms(paging.moment(body.start, zone, "start")),
        end_ms=None if body.end is None else to_ms(paging.moment(body.end, zone, "end")),
        allowed_share=body.allowed_share,
        baseline_kw=body.baseline_kw,
        line=body.line,
        document=body.document,
    )
    entered, new = actions.enter(tools.desk, caller, said)
    if not new:
        response.status_code = 200
    return entered


@routes.get("/emergency-orders/{order_id}", response_model=power_shapes.EmergencyOrder)
def get_emergency_order(tools: Tools, caller: Reader, order_id: Id, response: Response) -> Any:
    """One order, whether it counts or not."""
    return paging.tagged(response, actions.one(tools.desk, caller, order_id))


@routes.post(
    "/emergency-orders/{order_id}/lift",
    response_model=power_shapes.EmergencyOrder,
    responses=problems(409, 415),
)
def lift_emergency_order(
    tools: Tools, caller: Director, order_id: Id, body: power_shapes.LiftBody
) -> Any:
    """End an order before its time (解除); answered with the order that takes its place."""
    at = paging.moment(body.at, tools.desk.zone, "at")
    return actions.lift(tools.desk, caller, order_id, at, body.reason)


@routes.delete("/emergency-orders/{order_id}", status_code=204, responses=problems(409))
def strike_out_emergency_order(
    tools: Tools,
    caller: Director,
    order_id: Id,
    reason: Annotated[str, Query(min_length=1, max_length=2000)],
) -> Response:
    """Let an order count as never given; it stays to be seen with `struck_out=true`."""
    actions.strike_out(tools.desk, caller, order_id, reason)
    return Response(status_code=204)
