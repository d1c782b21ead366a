"""Draw small pictures of a file, as a process of its own: python drawing.py FILE TYPE FOLDER.

What it opens came from strangers, and decoders have had holes. So it knows nothing of the tool,
gets no secret, and may use only so much time and memory. A page becomes FOLDER/1.webp and so on.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps

SECONDS = 40
MEMORY = 1536 * 1024 * 1024
EDGE = 1200  # pixels of the longer side of what is drawn
MOST_PIXELS = 120_000_000  # the largest phone cameras have 108 or so
MOST_PAGES = 12
FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
}
DRAWN = frozenset({*FORMATS, "application/pdf"})


class TooLarge(Exception):
    """More pixels than anybody would look at."""


def draw(file: Path, media_type: str) -> Iterator[Image.Image]:
    """Each page of a file, no larger than a screen."""
    if media_type == "application/pdf":
        yield from _pages(file)
    else:
        yield _picture(file, FORMATS[media_type])


def _picture(file: Path, form: str) -> Image.Image:
    # Our own limit, told before anything is decoded; the library only warns at first.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(file, formats=[form]) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise TooLarge
        picture.draft("RGB", (EDGE * 2, EDGE * 2))
        picture.thumbnail((EDGE, EDGE))
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in {"RGBA", "LA", "PA", "P"}:
            ground = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(ground, upright.convert("RGBA"))
        return upright.convert("RGB")


def _pages(file: Path) -> Iterator[Image.Image]:
    import pypdfium2

    with pypdfium2.PdfDocument(file) as document:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            longest = max(*page.get_size(), 1.0)
            yield page.render(scale=EDGE / longest).to_pil().convert("RGB")


def main(file: str, media_type: str, folder: str) -> None:
    """Draw within limits; what goes wrong ends this process and no other."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number, page in enumerate(draw(Path(file), media_type), start=1):
        # A new picture: nothing that the old one said of place or author goes with it.
        page.save(Path(folder) / f"{number}.webp", "WEBP", quality=72, method=4, exif=b"", xmp=b"")


if __name__ == "__main__":
    main(*sys.argv[1:])
