"""HTTP as the tests speak it: past any proxy, and patient, since how fast a machine is proves nothing."""

from __future__ import annotations

from functools import partial

import httpx

__all__ = ["Client", "get", "post", "stream"]

_MANNERS = {"trust_env": False, "timeout": 60.0}

get = partial(httpx.get, **_MANNERS)
post = partial(httpx.post, **_MANNERS)
stream = partial(httpx.stream, **_MANNERS)
Client = partial(httpx.Client, **_MANNERS)
