"""Pictures: whether one can be opened, how large it is, and a smaller one without its private parts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import IO

import pi_heif
from PIL import Image, ImageOps

from monitor.errors import MediaTooLarge, UnfitMedia
from monitor.media.kinds import PICTURES

pi_heif.register_heif_opener()
Image.MAX_IMAGE_PIXELS = (
    None  # `examine` refuses by the bureau's own limit, before anything is decoded
)

LARGEST = 64 << 20
"""Bytes of a picture: some decoders read all of it into memory."""
SMALL = 640
"""The longer side of a smaller picture, in pixels."""

_one_at_a_time = threading.Lock()
"""Decoding takes up to some hundred megabytes; requests for it wait for each other."""

_FAULTS = (OSError, ValueError, SyntaxError, EOFError, RuntimeError)
"""What the decoders raise for what is damaged."""


def examine(path: Path, media_type: str, max_pixels: int) -> None:
    """Raise UnfitMedia for what cannot be opened as what it says, MediaTooLarge over a limit."""
    if path.stat().st_size > LARGEST:
        raise MediaTooLarge(f"a picture may have {LARGEST} bytes at most")
    try:
        with _one_at_a_time, Image.open(path, formats=[PICTURES[media_type]]) as image:
            pixels = image.width * image.height
    except _FAULTS:
        raise UnfitMedia(f"the picture cannot be opened as {media_type}") from None
    if pixels > max_pixels:
        raise MediaTooLarge(f"a picture may have {max_pixels} pixels at most, it has {pixels}")


def shrink(source: Path, media_type: str, target: IO[bytes]) -> bool:
    """Write a smaller JPEG, upright and without EXIF; False for a picture that is damaged inside."""
    try:
        with _one_at_a_time, Image.open(source, formats=[PICTURES[media_type]]) as image:
            image.draft(
                "RGB", (2 * SMALL, 2 * SMALL)
            )  # a JPEG is decoded at a fraction of its size
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((SMALL, SMALL))
            flat = Image.new("RGB", upright.size, "white")
            rgba = upright.convert("RGBA")
            flat.paste(rgba, mask=rgba.getchannel("A"))
            flat.save(target, "JPEG", quality=80, optimize=True)
    except _FAULTS:
        return False
    return True
