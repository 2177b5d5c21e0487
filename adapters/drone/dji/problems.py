"""What can be wrong with what a device says, by names that stay."""

from __future__ import annotations

PROBLEMS = {
    "empty-message": "nothing in it",
    "undecodable-text": "neither UTF-8 nor GB18030",
    "gb18030-text": "GB18030 where UTF-8 is due",
    "not-json": "not JSON",
    "too-nested": "objects and lists stand in each other too deep",
    "repeated-key": "an object has a key twice; the first counts",
    "not-an-object": "JSON, but no message",
    "not-readable": "our reading of it failed; tell the makers of this program",
    "unknown-topic": "a topic that is not one of the three",
    "unknown-method": "a method that the documentation does not have",
    "unknown-call": "an HTTPS call that is none of the five",
    "other-gateway": "it names another gateway than its topic; the topic counts",
    "other-workspace": "a workspace that is not among `workspaces`",
    "no-object-key": "a file without its key, or with one that is no key",
    "foreign-key": "a key outside of the bucket's prefix: nothing is fetched",
    "upload-failed": "the device says that the upload has failed",
    "no-mission": "a file without a mission; it is put to one by its gateway and day",
    "bad-time": "a time that cannot be read, or cannot be",
    "bad-position": "a position that cannot be; 0, 0 is none",
    "bad-count": "a count of files that is none",
    "object-missing": "the bucket has no such object yet; it is looked for, ever more rarely, for a day",
    "object-given-up": "the bucket has not had it for a day, or too many are looked for: "
    "it is fetched if the device says so again",
    "file-too-large": "more bytes or pixels than are taken",
    "dangerous-file": "a file that is not safe to read; it is kept, unread",
    "fingerprint-mismatch": "the bytes do not have the MD5 that the device says",
    "no-credentials": "the store has lent no credentials; see the log",
    "message-too-long": "more bytes than `max_message`; so many are kept",
}
"""By name: what it means."""
