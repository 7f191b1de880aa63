"""Static files of a release: hashed names, compressed, and one style sheet instead of three dozen."""

import posixpath
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_FILES, IMPORTS = (
    CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns
)
ENTRY = "console/css/console.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\) layer\((\w+)\);')
COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
ADDRESS = re.compile(r'url\("(?!data:|/)([^"]+)"\)')


def join_stylesheets(read: Callable[[str], str]) -> str:
    """Return the entry style sheet with each import replaced by its file, in its layer, without comments.

    ``read`` returns a file's text by its path.
    """
    folder = posixpath.dirname(ENTRY)

    def content(match: "re.Match[str]") -> str:
        path = posixpath.join(folder, match[1])

        def moved(address: "re.Match[str]") -> str:
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), address[1])
            )
            return f'url("{posixpath.relpath(target, folder)}")'

        return f"@layer {match[2]} {{\n{ADDRESS.sub(moved, read(path))}}}"

    return COMMENT.sub("", IMPORT.sub(content, read(ENTRY)))


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also inside our own modules' imports, so that a release never mixes old and new scripts.

    Django's own setting for it reads every script, including the examples in the comments of other packages.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("console/js/*.js", IMPORTS),
    )

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[Any]:
        if ENTRY in paths and not dry_run:
            text = join_stylesheets(
                lambda path: paths[path][0].open(path).read().decode()
            )
            self.delete(ENTRY)
            self._save(ENTRY, ContentFile(text.encode()))
            paths[ENTRY] = (self, ENTRY)
        yield from super().post_process(paths, dry_run, **options)
