"""Pictures, videos and records (影像资料): whatever is kept, is kept once, under its SHA-256.

    <folder>/ab/cd/abcd…    originals, byte for byte as they came
    <folder>/small/ab/cd/…  smaller pictures for screens and pages; made again where they are missing
    <folder>/incoming/…     what is on its way in
    <folder>/partial/…      resumable uploads that are not complete

The originals may lie in a bucket of an S3-compatible store instead (`places`); the rest stays here.

`Media` is used by whoever takes files in: `draft` while the bytes come, `examine` when they are all
there (type by content, size of a picture), `secure` before and `place` inside the transaction that
records them. A file that no transaction recorded is an orphan and swept. Nothing here knows the database.
"""

from monitor.event import Examined
from monitor.media.drafts import Draft
from monitor.media.kinds import TYPES, Kind, kind_of
from monitor.media.places import InBucket
from monitor.media.vault import Limits, Media

__all__ = ["TYPES", "Draft", "Examined", "InBucket", "Kind", "Limits", "Media", "kind_of"]
