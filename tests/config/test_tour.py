"""The tour shows ten pictures: each is there, small, told of, and of a page that still exists."""

import re

import pytest

from tests.browser.tour import FOLDER, LARGEST, PICTURES, Picture
from tests.walls.test_urls import CONSOLE

TOUR = (FOLDER.parent / "tour.md").read_text()
README = (FOLDER.parents[1] / "README.md").read_text()
ROUTES = {address.route for address in CONSOLE}


def test_the_tour_shows_each_picture_once() -> None:
    shown = re.findall(r"\]\(pictures/([a-z]+)\.webp\)", TOUR)
    assert shown == [picture.name for picture in PICTURES]
    assert len(shown) == 10
    assert {path.stem for path in FOLDER.iterdir()} == set(shown)


def test_the_readme_shows_three_of_them() -> None:
    shown = re.findall(r"\]\(docs/pictures/([a-z]+)\.webp\)", README)
    assert len(shown) == 3
    assert set(shown) <= {picture.name for picture in PICTURES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_its_page_is_there(picture: Picture) -> None:
    assert picture.route in ROUTES
    path = FOLDER / f"{picture.name}.webp"
    assert 5_000 < path.stat().st_size < LARGEST
    assert path.read_bytes()[8:12] == b"WEBP"
