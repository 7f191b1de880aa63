"""What a shop's other systems laid down in its watched folder (CART_FILES_FOLDER): its customers' orders, as files.

The folder bears the shop's address, which a deleted shop gives up: so it is renamed before, and deleted by its number.
"""

import logging
import shutil
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


def set_aside_watched_files(slug: str, erased: str) -> None:
    """Rename the folder of the shop of this address to the name under which ``erase_watched_files`` finds it."""
    if not settings.CART_FILES_FOLDER:
        return
    folder = Path(settings.CART_FILES_FOLDER)
    if slug == erased or not (folder / slug).is_dir():
        return
    try:
        (folder / slug).rename(folder / erased)
    except OSError as error:
        logger.warning("%s cannot be deleted: %s", folder / slug, error.strerror)


def erase_watched_files(erased: str) -> None:
    """Delete the renamed folder; what belongs to somebody else's login there is told to the log and stays."""
    if not settings.CART_FILES_FOLDER:
        return
    folder = Path(settings.CART_FILES_FOLDER) / erased
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        logger.warning("%s cannot be deleted: %s", folder, error.strerror)
