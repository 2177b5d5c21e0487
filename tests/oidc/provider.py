"""A real provider of OpenID Connect (canaille) in memory, as a process: `provider.py PORT CALLBACK`.

People, groups and the client are new each time it starts, and so is its key.
"""

from __future__ import annotations

import sys

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from werkzeug.serving import make_server

CLIENT, SECRET = "offsite-monitor", "示例-the-client-s-secret".encode().hex()
PASSWORD = "correct horse battery staple"
PEOPLE = {
    "li": ("李四", ("执法", "东区")),
    "head": ("王局", ("执法", "科长", "全市")),
    "nobody": ("路人", ()),
}


def app(port: int, callback: str) -> object:
    made = create_app(
        {
            "SECRET_KEY": "only for tests",
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "PASSWORD_COMPROMISSION_CHECK": False},
            "CANAILLE_OIDC": {},
        }
    )
    with made.app_context():
        fill(callback)
    return made


def fill(callback: str) -> None:
    save = Backend.instance.save
    members: dict[str, list[object]] = {}
    for login, (name, groups) in PEOPLE.items():
        user = models.User(
            user_name=login, formatted_name=name, family_name=name, display_name=name
        )
        user.emails = [f"{login}@example.org"]
        user.password = PASSWORD
        save(user)
        for group in groups:
            members.setdefault(group, []).append(user)
    for name, users in members.items():
        save(models.Group(display_name=name, members=users))
    client = models.Client(
        client_id=CLIENT,
        client_secret=SECRET,
        client_name="offsite-monitor",
        client_uri="http://127.0.0.1",
        redirect_uris=[callback],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
        scope=["openid", "profile", "groups"],
    )
    save(client)
    client.audience = [client]
    save(client)


if __name__ == "__main__":
    number, where = int(sys.argv[1]), sys.argv[2]
    server = make_server("127.0.0.1", number, app(number, where), threaded=True)
    print("ready", flush=True)
    server.serve_forever()
