"""Keys that are lent to who shall put objects and do nothing else (STS AssumeRole)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from monitor.errors import MediaUnavailable
from monitor.objects.bucket import Bucket


@dataclass(frozen=True, slots=True)
class Lent:
    """A key for a while."""

    access_key: str
    secret_key: str
    token: str
    seconds: int


def lend(
    bucket: Bucket, seconds: int, *, endpoint: str | None = None, role: str | None = None
) -> Lent:
    """A key to put objects below the bucket's prefix; raises MediaUnavailable."""
    from minio.credentials.providers import AssumeRoleProvider
    from minio.error import MinioException
    from urllib3.exceptions import HTTPError

    said = bucket.said
    if not said.prefix:
        raise MediaUnavailable(f"{bucket.where}: no prefix: a key would be for all of it")
    provider = AssumeRoleProvider(
        sts_endpoint=endpoint or said.endpoint,
        access_key=said.access_key,
        secret_key=said.secret_key.get_secret_value(),
        duration_seconds=seconds,
        policy=policy(said.bucket, said.prefix),
        region=said.region,
        role_arn=role,
        role_session_name="offsite-monitor",
        http_client=bucket.http,
    )
    try:
        found = provider.retrieve()
    except (MinioException, HTTPError, OSError, ValueError, ParseError) as error:
        raise MediaUnavailable(f"{endpoint or said.endpoint}: AssumeRole: {error}") from error
    return Lent(found.access_key, found.secret_key, found.session_token or "", seconds)


def policy(bucket: str, prefix: str) -> str:
    """What a lent key may do: put objects below a prefix, in parts too."""
    below = f"{bucket}/{prefix}/*"
    actions = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::{below}"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
