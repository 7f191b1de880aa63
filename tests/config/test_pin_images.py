"""docker/pin_images.sh, with a registry that says what it is told: each image that is not ours gets its digest."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FILES = ("docker-compose.yml", "Dockerfile", "docker/cells/front.yml")
IMAGE = re.compile(r"^ *(?:image:|FROM) ([^ \n]+:[^ \n]+)", re.M)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (*FILES, "docker/pin_images.sh"):
        target = tmp_path / "project" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return tmp_path / "project"


def pin(project: Path, says: str) -> subprocess.CompletedProcess[str]:
    docker = project.parent / "bin/docker"
    docker.parent.mkdir(exist_ok=True)
    docker.write_text(f"#!/bin/sh\n{says}\n")
    docker.chmod(0o755)
    return subprocess.run(
        ["sh", "docker/pin_images.sh"],
        cwd=project,
        env={"PATH": f"{docker.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def read_images(project: Path) -> list[str]:
    return [
        image for name in FILES for image in IMAGE.findall((project / name).read_text())
    ]


def test_each_image_gets_its_digest_and_a_newer_one_later(project: Path) -> None:
    tagged = read_images(project)
    assert "python:3.11-slim-bookworm" in tagged and "postgres:18-bookworm" in tagged
    for digest in ("sha256:" + "a" * 64, "sha256:" + "b" * 64):
        assert pin(project, f"echo {digest}").returncode == 0
        assert read_images(project) == [f"{image}@{digest}" for image in tagged]


def test_without_the_registry_nothing_is_changed(project: Path) -> None:
    before = [(project / name).read_text() for name in FILES]
    assert pin(project, "echo no such host >&2; exit 1").returncode != 0
    assert pin(project, "echo").returncode != 0
    assert [(project / name).read_text() for name in FILES] == before
