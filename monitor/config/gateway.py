"""`[reminders.gateway]`: the gateway by which messages reach enterprises."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from monitor.gateway import template_fault
from monitor.secret import Secret
from monitor.webhook import Policy


def _address(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    # whether http and this very address are permitted is `[webhooks] allow`'s, when it is called
    form = Policy().fault(text.replace("http://", "https://", 1)) if text else None
    if form is not None and "[webhooks]" not in form:
        raise ValueError(form)
    return url


def _header_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", name):
        raise ValueError("not the name of a header")
    return name


def _header_value(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x20-\x7e]{0,4000}", value.get_secret_value()):
        raise ValueError("a header holds printable ASCII characters only")
    return value


HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[Secret, AfterValidator(_header_value)]
Address = Annotated[Secret, AfterValidator(_address)]


class Gateway(BaseModel):
    """An HTTP gateway for short messages or a chat (短信或即时通讯网关), as a profile."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    url: Address = SecretStr("")
    """Where messages are sent to; empty: none are. Only where `[webhooks] allow` permits it."""
    method: Literal["POST", "PUT"] = "POST"
    """How it is asked."""
    headers: dict[HeaderName, HeaderValue] = Field({}, max_length=20)
    """Headers of the request; their values may be secrets."""
    body: str = Field('{"phone": "{phone}", "text": "{text}"}', max_length=4000)
    """The request's body, with {phone}, {text}, {enterprise} and {link}, each escaped where it stands."""
    form: bool = False
    """Whether the body is a form (`a={phone}&b={text}`) and not JSON."""
    ok_field: str = Field("", max_length=200)
    """Where the answer's JSON says that a message was taken (`code`, `result.code`); empty: any 2xx."""
    ok_value: str = Field("", max_length=200)
    """What stands there then."""

    @model_validator(mode="after")
    def _whole(self) -> Gateway:
        fault = template_fault(self.body, self.form)
        if fault is not None:
            raise ValueError(f"body: {fault}")
        if bool(self.ok_field) != bool(self.ok_value):
            raise ValueError("ok_field and ok_value belong together: give both or neither")
        return self
