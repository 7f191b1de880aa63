"""docker/cells: two cells behind one door, by compose files over the one of a single machine."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management import get_commands, load_command_class

from tests.config.test_compose import SERVICES

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "docker/cells"


class Loader(yaml.SafeLoader):
    """Reads Compose's own word for what replaces a value instead of adding to it."""


Loader.add_constructor(
    "!override", lambda loader, node: loader.construct_sequence(node)
)
CELL: dict[str, Any] = yaml.load((FOLDER / "cell.yml").read_text(), Loader)
FRONT: dict[str, Any] = yaml.safe_load((FOLDER / "front.yml").read_text())
CONF = (FOLDER / "nginx.conf").read_text()


def test_a_cell_is_the_one_machine_with_its_doors_shut() -> None:
    over = CELL["services"]
    assert set(over) - set(SERVICES) == {"move"}
    assert over["proxy"] == {"profiles": ["alone"]}
    assert (over["mail"]["ports"], over["receiver"]["ports"]) == (
        [],
        ["${RECEIVER_ADDRESS:?}:25:1026"],
    )
    assert over["postgres"]["command"] == (
        SERVICES["postgres"]["command"] + " -c wal_level=logical"
    )


def test_a_database_is_met_by_the_other_one_alone() -> None:
    """The name of a service counts in each network that it joins: one "postgres" and one "valkey" for each web."""
    joined = {
        name: set(service.get("networks", ["default"]))
        for name, service in (SERVICES | CELL["services"]).items()
    }
    assert joined.pop("web") == {"default", "front"}
    assert joined.pop("postgres") == {"default", "moves"}
    assert joined.pop("move") == {"moves"}
    assert set(map(frozenset, joined.values())) == {frozenset({"default"})}
    aliases = [
        CELL["services"][name]["networks"][network]["aliases"]
        for name, network in (("web", "front"), ("postgres", "moves"))
    ]
    assert aliases == [["cell${CELL:?}-web"], ["cell${CELL:?}-postgres"]]


def test_the_move_is_a_command_with_what_it_needs() -> None:
    move = CELL["services"]["move"]
    command = move["entrypoint"].split()[-1]
    parser = load_command_class(get_commands()[command], command).create_parser("", "")
    text = (FOLDER / "cell.yml").read_text()
    told = set(re.findall(r"--[a-z]+(?:-[a-z]+)* ", text.split("profiles: [move]")[0]))
    known = {f"{each} " for each in parser._option_string_actions}
    assert told - known == {"--rm ", "--env-file "}
    for name in ("secret_key", "field_keys", "own_cell_url", "other_cell_url"):
        assert name in move["secrets"]
    given = set(SERVICES["web"]["environment"])
    assert set(move["environment"]) - given == set()
    places = [volume.partition(":")[2] for volume in move["volumes"]]
    assert places[:3] == ["/app/var", "/app/other", "/cells"]


def test_the_door_is_hardened_as_that_of_one_machine() -> None:
    (door,) = FRONT["services"].values()
    alone = SERVICES["proxy"]
    for name in ("image", "cap_drop", "cap_add", "security_opt", "read_only", "ports"):
        assert door[name] == alone[name]
    single = (ROOT / "docker/nginx.conf").read_text()
    theirs = re.search(r"  client_header_timeout.*?\n\n", single, re.S)
    assert theirs and theirs[0] in CONF
    for line in re.findall(
        r"^ +(?:proxy_|ssl_protocols|server_tokens).*;", single, re.M
    ):
        assert line == "      proxy_pass $web;" or line in CONF
    external = {
        name: kind["name"]
        for part in ("networks", "volumes")
        for name, kind in FRONT[part].items()
        if kind
    }
    assert external == {"front": "tsunagi-front", "map": "tsunagi-map"}
    theirs_too = CELL["networks"] | CELL["volumes"]
    assert {name: theirs_too[name]["name"] for name in external} == external


def run(script: str, folder: Path, *arguments: str) -> int:
    done = subprocess.run(
        ["sh", str(FOLDER / script), *arguments],
        env={"PATH": "/usr/bin:/bin", "CELLS_MAP": str(folder / "shops.map")},
        capture_output=True,
        check=False,
    )
    return done.returncode


def test_the_map_says_where_a_shop_is(tmp_path: Path) -> None:
    for shop, cell in (
        ("a-shop", "cell2"),
        ("shop", "cell2"),
        ("default", "cell2"),
        ("shop", "cell1"),
        ("default", "cell1"),
    ):
        assert run("point_shop.sh", tmp_path, shop, cell) == 0
    lines = (tmp_path / "shops.map").read_text().splitlines()
    assert lines == ["a-shop cell2;", "shop cell1;", "\\default cell1;"]
    for shop, cell in (("x;y", "cell2"), ("a", "cell2; b"), ("a", "other"), ("a", "")):
        assert run("point_shop.sh", tmp_path, shop, cell) == 2
    assert (tmp_path / "shops.map").read_text().splitlines() == lines


def test_both_cells_read_the_same_links_and_secrets(tmp_path: Path) -> None:
    for name in ("make_secrets.sh", "cells/make_secrets.sh"):
        (tmp_path / "docker/cells").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "docker" / name, tmp_path / "docker" / name)
    for _twice in range(2):
        made = ["sh", str(tmp_path / "docker/cells/make_secrets.sh")]
        subprocess.run(made, check=True, capture_output=True)
    one, two = (
        {
            file.name: file.read_text()
            for file in (tmp_path / "secrets" / cell).iterdir()
        }
        for cell in ("cell1", "cell2")
    )
    empty = {"email_password", "tls_certificate", "tls_key"}
    assert {name for name in one if one[name] == two[name]} - empty == {
        "secret_key",
        "field_keys",
    }
    assert one["other_cell_url"] == two["own_cell_url"]
    assert two["own_cell_url"] == (
        f"postgresql://postgres:{two['postgres_password']}@cell2-postgres:5432/tsunagi"
    )
