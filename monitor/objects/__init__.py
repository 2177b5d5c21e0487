"""Buckets of S3-compatible object stores (对象存储): where they are, and files in them.

The library (`minio`) is imported where a bucket is used first.
"""

from monitor.objects.bucket import Bucket, Stored
from monitor.objects.config import S3
from monitor.objects.lending import Lent, lend

__all__ = ["S3", "Bucket", "Lent", "Stored", "lend"]
