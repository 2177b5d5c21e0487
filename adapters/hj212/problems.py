"""The stable names of what can be wrong with a frame, each with what is done about it.

They stand on stored frames, in `hj212 decode` and in metrics. A name once used keeps its meaning.
"""

from __future__ import annotations

from typing import Final

PROBLEMS: Final[dict[str, str]] = {
    # the frame
    "no-frame": "bytes that belong to no frame; kept as a sample with their number",
    "truncated": "a head and a beginning, but no end; kept",
    "length-mismatch": "the length field is wrong; the true end was found",
    "short-length": "the length field has three digits",
    "segment-too-long": "the data segment is longer than 1024 bytes; taken all the same",
    "short-crc": "the CRC lost its leading zeros; read as if they were there",
    "lower-case-crc": "the CRC's hex digits are in lower case; read",
    "modbus-crc": "the CRC is CRC-16/Modbus, in either byte order; taken unless refused by setting",
    "crc-mismatch": "the CRC is neither; kept, not answered, never judged",
    "missing-crlf": "no CR LF behind the CRC",
    "junk-before-crlf": "stray bytes between the CRC and CR LF",
    "trailing-bytes": "bytes behind the end of the frame; left alone",
    "gb18030": "the text is not UTF-8; read as GB18030",
    "undecodable-text": "the text is in no known encoding; unreadable characters replaced",
    "encrypted": "the content is not clear text (HJ 212-2025); kept, not read",
    "no-key": "the content is encrypted and no key of the device is known; kept, not answered",
    "wrong-key": "the content is encrypted and no known key opens it; kept, not answered",
    # the header
    "missing-qn": "no QN; cannot be answered",
    "bad-qn": "QN is not 17 digits; echoed as sent",
    "missing-st": "no ST",
    "missing-cn": "no CN",
    "missing-pw": "no PW",
    "empty-pw": "PW has no value",
    "missing-mn": "no MN, or an empty one; no readings are made",
    "long-mn": "MN is longer than 64 characters; no readings are made",
    "mn-control-characters": "control characters in MN; no readings are made, no device is named",
    "mn-format": "MN is not 24 upper-case hex digits (2005: 14 characters); taken as it is",
    "missing-flag": "no Flag; read as edition 2005, no answer wanted",
    "bad-flag": "Flag is not a number from 0 to 255; read as if missing",
    "unknown-version": "the Flag names a version after 2025; read as 2025",
    "missing-packet-number": "the Flag announces PNUM and PNO, which are not there",
    "unannounced-packet-number": "PNUM and PNO are there, the Flag does not announce them",
    "bad-packet-number": "PNUM or PNO is no number, or PNO is not among PNUM",
    "absurd-packet-number": "PNUM is over 200; kept without readings: the next may change them",
    "incomplete-packets": "sub-packets are missing; of the others what is certain is read",
    "unknown-rf": "RF is not 1; read as an ordinary frame",
    "unlisted-st": "ST is not in the standard",
    "unlisted-cn": "CN is not in the standard; uploads are kept without readings",
    "reply-form": "a reply (9011 to 9014) whose ST is not 91",
    "header-order": "header fields not in the standard's order",
    "key-case": "a name in unusual upper or lower case",
    "repeated-header": "a header field twice; the first counts",
    "unknown-header": "a header field that no edition has; left alone",
    "missing-cp": "no CP",
    "missing-cp-marks": "the content is not between && and &&",
    "doubled-cp-mark": "&& twice at the beginning of the content",
    # the text
    "missing-separator": "a `;` is missing between two fields",
    "wrong-separator": "a `,` where the header has a `;`",
    "full-width-separator": "a full-width `；` or `，` for a separator",
    "empty-field": "two separators in a row",
    "trailing-separator": "a separator behind the last field",
    "stray-space": "blanks around a name or a value",
    # the content
    "missing-data-time": "values without a DataTime; no readings are made",
    "bad-data-time": "DataTime is not a date and time; no readings are made",
    "long-data-time": "DataTime has more than 14 digits; the first 14 count",
    "malformed-item": "a name without a value",
    "malformed-field": "a field name that repeats itself (LA-Rtd-Rtd); read as one",
    "unusable-code": "a code with control characters or a comma; the field is left out",
    "unusable-flag": "a flag with control characters or a comma; `?` in the readings, never judged",
    "bare-flag": "a Flag that names no factor; kept among the items, used for none",
    "repeated-item": "an item twice; the first counts",
    "repeated-factor": "a factor in two places; merged",
    "repeated-field": "a field of a factor twice, or two for one statistic; the first counts",
    "old-code": "a code of HJ/T 212-2005; read as the one of 2017 that it became",
    "empty-value": "a name without a number; read as null",
    "not-a-number": "text where a number is due; read as null",
    "number-format": "a number in a notation that the standard does not have (+1, .5, 1e3); read",
    # the readings
    "implausible-value": "no instrument measures that; null in the readings",
    "not-computable": "the standard's sign for a converted value that cannot be computed; null",
    "implausible-time": "DataTime before 2000 or over an hour ahead; no readings are made",
    "unaligned-data-time": "DataTime is not the beginning of its period; floored",
    # the device
    "unknown-device": "the register has no such MN; kept in quarantine, answered",
    "wrong-password": "PW is not the registered one; marked, or refused by setting",
}
"""Every problem name that this adapter can give."""


def unique(names: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Each name once, in order of first appearance."""
    return tuple(dict.fromkeys(names))
