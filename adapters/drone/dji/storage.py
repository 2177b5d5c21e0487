"""Where devices put their files, and by which key."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from adapters.drone.dji.config import Config
from monitor.errors import MediaUnavailable
from monitor.objects import Bucket, Lent, lend

_log = structlog.get_logger()


class Storage:
    """Lends keys."""

    def __init__(self, config: Config, bucket: Bucket) -> None:
        self._config, self._bucket = config, bucket

    async def output(self) -> dict[str, Any] | None:
        """The answer to `storage_config_get` and to `sts`; None where no key can be had."""
        try:
            lent = await asyncio.to_thread(self._lent)
        except MediaUnavailable as error:
            _log.error("no credentials for devices", adapter=self._config.name, reason=str(error))
            return None
        except Exception as error:  # noqa: BLE001 - whatever the store answers, the device is told
            _log.error("no credentials for devices", adapter=self._config.name, error=repr(error))
            return None
        said = self._config.bucket
        return {
            "bucket": said.bucket,
            "credentials": {
                "access_key_id": lent.access_key,
                "access_key_secret": lent.secret_key,
                "expire": lent.seconds,
                "security_token": lent.token,
            },
            "endpoint": self._config.device_endpoint or said.endpoint,
            "object_key_prefix": said.prefix,
            "provider": self._config.provider,
            "region": said.region,
        }

    def _lent(self) -> Lent:
        config = self._config
        if config.upload_key is not None and config.upload_secret is not None:
            secret = config.upload_secret.get_secret_value()
            return Lent(config.upload_key, secret, "", config.lifetime)
        return lend(
            self._bucket, config.lifetime, endpoint=config.sts_endpoint, role=config.role_arn
        )
