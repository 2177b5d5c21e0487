"""What can be set for DJI's docks and remote controllers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from adapters.broker.config import BrokerConfig
from adapters.drone.survey import sight
from adapters.drone.upload.config import Config as UploadConfig
from adapters.mqtt.profile import ZoneName
from monitor.objects import S3
from monitor.secret import PathSecret, Secret


def _there(bucket: S3) -> S3:
    if not bucket.endpoint:
        raise ValueError("endpoint: where the devices put their files")
    if not bucket.prefix:
        raise ValueError("prefix: devices get keys for what lies below it, never for all")
    return bucket


Serial = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+$", max_length=300)]


class Config(BrokerConfig):
    """A broker that docks and remote controllers publish to, and the bucket they put their files into."""

    type: Literal["dji"]
    """`dji`"""

    gateways: tuple[Serial, ...] = Field(default=(), max_length=500)
    """Serial numbers of the docks and remote controllers that are listened to; none: all."""

    workspaces: tuple[Serial, ...] = Field(default=(), max_length=100)
    """Workspaces whose HTTPS calls are taken; none: all."""

    secret: PathSecret | None = None
    """A part of the address for Pilot 2: its calls go to `/api/v1/feeds/{name}/{secret}/…`."""

    bucket: Annotated[S3, AfterValidator(_there)]
    """The bucket that the devices put their files into, `[adapters.bucket]`: keys as those of
    `[media.s3]`. Only what lies below its `prefix`, which must be given, is fetched."""

    device_endpoint: Address | None = None
    """The store's address as the devices reach it; without it, the bucket's."""

    provider: Literal["minio", "aws", "ali"] = "minio"
    """What kind of store the devices are told that it is."""

    credentials: Literal["sts", "key"] = "sts"
    """What devices get to put files: `sts`: temporary keys by the store's AssumeRole, for writing below
    the prefix only; `key`: `upload_key` and `upload_secret`, for stores without it (Aliyun's STS is its
    own)."""

    sts_endpoint: Address | None = None
    """Where AssumeRole is asked for; without it, the bucket's endpoint."""

    role_arn: str | None = Field(default=None, max_length=300)
    """The role to take, where the store wants one named."""

    lifetime: int = Field(default=3600, ge=900, le=43_200)
    """Seconds that temporary keys are good for."""

    upload_key: str | None = None
    """The name of a key that may do no more than put objects below the prefix."""

    upload_secret: Secret | None = None
    """The key itself."""

    zone: ZoneName | None = None
    """The zone of times without an offset; without it, the bureau's."""

    relief: float = Field(default=sight.RELIEF, ge=0, le=1_000)
    """Metres by which the ground may be lower or higher than where the aircraft took off."""

    max_body: int = Field(default=262_144, ge=1024, le=16_777_216)
    """Bytes of an HTTPS call."""

    @model_validator(mode="after")
    def _lends(self) -> Self:
        given = (self.upload_key, self.upload_secret)
        if self.credentials == "key" and None in given:
            raise ValueError('credentials = "key" needs upload_key and upload_secret')
        if self.credentials == "sts" and given != (None, None):
            raise ValueError('upload_key, upload_secret: only with credentials = "key"')
        return self

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters as they are subscribed to."""
        return tuple(
            topic.format(gateway)
            for gateway in self.gateways or ("+",)
            for topic in (
                "thing/product/{}/events",
                "thing/product/{}/requests",
                "sys/product/{}/status",
            )
        )

    @property
    def reading(self) -> UploadConfig:
        """How files are read: as those that pilots hand in."""
        return UploadConfig(type="drone", name=self.name, zone=self.zone, relief=self.relief)
