"""Draw the renditions of one picture.

Also a program, `python -m media.rendering KIND`: a picture on standard input, `Pictures` as JSON on standard output.
"""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from PIL import Image, ImageCms

from media import thumbnails
from media.decoding import FILTER, REDUCING_GAP, TURNS, decode, fit
from media.thumbnails import Pictures, Rendition, Unusable

# What each size is encoded as: Pillow's format, the file's suffix, the encoder's options.
ENCODINGS: tuple[tuple[str, str, dict[str, int]], ...] = (
    ("WEBP", "webp", {"quality": 80, "method": 4}),
    ("JPEG", "jpg", {"quality": 80, "optimize": True}),
)

# Modes a picture and its profile may have: an RGB profile describes grey too.
PROFILED = {("RGB", "RGB"), ("L", "RGB"), ("L", "L"), ("CMYK", "CMYK")}


def render(file: BinaryIO, kind: str) -> Pictures:
    """Draw the picture in `file`, whose first bytes say it is of `kind`; raises Unusable, as make_renditions does."""
    source = decode(file, kind)
    image = _to_srgb(source.image, source.profile)
    if source.orientation in TURNS:
        image = image.transpose(TURNS[source.orientation])
    width, height = source.size if source.orientation < 5 else source.size[::-1]
    return Pictures(width, height, thumbnails.CONTENT_TYPES[kind], tuple(_draw(image)))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return an RGB or RGBA picture in sRGB; a profile that is broken or of another kind of colour is ignored."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colour = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    result = _apply_profile(colour, profile) if profile else None
    result = result or colour.convert("RGB")
    if alpha:
        result.putalpha(alpha)
    result.info.clear()  # or the encoders would copy profile and comment into every rendition
    return result


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(source.profile.xcolor_space)
        if mode is None or (image.mode, mode) not in PROFILED:
            return None
        return ImageCms.profileToProfile(
            image.convert(mode),
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _draw(image: Image.Image) -> Iterator[Rendition]:
    """Encode each size, drawn from the one above; a size that changes nothing repeats the bytes of the one above."""
    encoded: tuple[Rendition, ...] = ()
    for size in thumbnails.SIZES:
        target = fit(image.size, size)
        if not encoded or target != image.size:
            image = image.resize(target, FILTER, reducing_gap=REDUCING_GAP)
            encoded = _encode(image, size)
        yield from (replace(rendition, size=size) for rendition in encoded)


def _encode(image: Image.Image, size: int) -> tuple[Rendition, ...]:
    return tuple(
        Rendition(size, *image.size, thumbnails.CONTENT_TYPES[kind], suffix, _save(image, kind, options))
        for kind, suffix, options in ENCODINGS
    )


def _flatten(image: Image.Image) -> Image.Image:
    """Put a transparent picture on white, for JPEG knows no transparency."""
    if image.mode == "RGB":
        return image
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=image.getchannel("A"))
    return page


def _save(image: Image.Image, kind: str, options: dict[str, int]) -> bytes:
    buffer = io.BytesIO()
    (_flatten(image) if kind == "JPEG" else image).save(buffer, kind, **options)
    return buffer.getvalue()


def main() -> None:
    """Draw the picture on standard input, of the kind that is named, in limits of memory and time of this process."""
    import resource

    (kind,) = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (thumbnails.CHILD_MEMORY_BYTES[kind],) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (thumbnails.CHILD_CPU_SECONDS,) * 2)
    try:
        answer = render(io.BytesIO(sys.stdin.buffer.read()), kind).to_json()
    except Unusable as error:
        answer = json.dumps({"reason": str(error)})
    sys.stdout.write(answer)


if __name__ == "__main__":
    main()
