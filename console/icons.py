"""The icons of the console: Lucide's, out of its package."""

import functools
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from django.utils.safestring import SafeString, mark_safe


@functools.cache
def open_icon_archive() -> ZipFile:
    """Return the archive of all icons of Lucide, its table of 1,745 entries read only once.

    The package's own tag reads that table for each icon (10 ms).
    """
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


SVG = (
    '<svg class="icon" aria-hidden="true" focusable="false" width="16" height="16"'
    ' viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
    ' stroke-linejoin="round">'
)


@functools.cache
def draw_icon(name: str) -> SafeString:
    """Return the icon as SVG. Raise KeyError for one that Lucide does not have."""
    lines = (
        open_icon_archive().read(f"{name}.svg").decode().partition(">")[2].splitlines()
    )
    return mark_safe(SVG + "".join(map(str.strip, lines)))  # noqa: S308 - the package's own files
