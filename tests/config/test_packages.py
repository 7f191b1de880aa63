"""What is installed: nothing that only drags old code along."""

import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from scripts.pins import UNWANTED

ROOT = Path(settings.BASE_DIR)
# Runs where no package of that name can be imported, as in the image.
WITHOUT = """
import sys
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "future":
            raise ImportError(name)
sys.meta_path.insert(0, Refusing())
from messaging.channels.line.sdk_needs import provide_sdk_needs
provide_sdk_needs()
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.messaging import ApiException, MessagingApi
print(issubclass(InvalidSignatureError, Exception), MessagingApi.__name__)
"""


def test_no_file_pins_what_is_unwanted() -> None:
    pinned = {
        name
        for path in (ROOT / "requirements").glob("*.txt")
        for name in re.findall(r"^([a-z0-9.-]+)==", path.read_text(), re.M)
    }
    assert {"django", "line-bot-sdk"} <= pinned
    assert {"future"} == UNWANTED
    assert pinned & UNWANTED == set()


def test_no_installation_looks_for_dependencies() -> None:
    """pip would ask for the package that is left out, and find no hash of it."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = [line for line in dockerfile.splitlines() if "pip install" in line]
    assert [line for line in installs if "--no-deps" not in line] == []
    assert "--no-deps" in (ROOT / "scripts/install.py").read_text()


def test_the_sdk_of_line_works_without_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("True MessagingApi", 0), (
        done.stderr
    )
