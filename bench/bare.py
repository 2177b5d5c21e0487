"""What no API in this framework could beat: one route, no authorisation, no store, a page made before."""

from __future__ import annotations

import json
import sys

import uvicorn
from fastapi import FastAPI, Response

_PAGE = json.dumps({"items": [{"示例": "x" * 250}] * 50, "next": None}).encode()
app = FastAPI()


@app.get("/api/v1/tasks")
async def tasks() -> Response:
    """A page of about the size of the queue's."""
    return Response(_PAGE, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
