"""docker/cells: two cells behind one door, by compose files over the one of a single machine."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.urls import reverse

from tests.config.test_compose import COMPOSE as SINGLE
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
SECRETS_OF_A_TEST = {
    "secret_key": "k" * 50,
    "field_keys": Fernet.generate_key().decode(),
    "database_url": "postgresql://tsunagi_app:x@postgres:5432/tsunagi",
    "redis_url": "redis://:x@valkey:6379/0",
}
GIVEN_BY_HAND = {
    "SITE_URL": "https://tsunagi.example.jp",
    "ALLOWED_HOSTS": "tsunagi.example.jp",
    "DEFAULT_FROM_EMAIL": "tsunagi@example.jp",
    "SUPPORT_EMAIL": "support@example.jp",
    "CELL": "1",
}


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
    for line in re.findall(
        r"^ +(?:client_max|limit_conn|if \(|map .*(?:is_long|is_stranger)).*",
        single,
        re.M,
    ):
        assert line in CONF
    external = {
        name: kind["name"]
        for part in ("networks", "volumes")
        for name, kind in FRONT[part].items()
        if kind
    }
    assert external == {"front": "tsunagi-front", "map": "tsunagi-map"}
    theirs_too = CELL["networks"] | CELL["volumes"]
    assert {name: theirs_too[name]["name"] for name in external} == external


def test_what_names_a_shop_is_led_to_its_cell() -> None:
    """Each address of ours that names a shop and whose answer lies in its rows: its pages, and an invitation."""
    shown = re.findall(r'^    "~(\^\S+\(\?<slug>\S+)" \$slug;', CONF, re.M)
    led = re.findall(r'^    "~(\S+)" \$cell_of_shop;', CONF, re.M)
    kept = re.findall(r'^    "~(\S+)" "cell=\$cell_of_shop;', CONF, re.M)
    assert (len(shown), len(led), len(kept)) == (2, 2, 1)
    for path, is_led, is_kept in (
        ("/t/a-shop/members/", True, True),
        ("/p/a-shop/f/key/", True, False),
        (reverse("join_link", args=["a-shop", "code"]), True, True),
        (reverse("join_accept"), False, False),
        (reverse("join"), False, False),
        (reverse("account_login"), False, False),
    ):
        slugs = [
            found["slug"]
            for pattern in shown
            if (found := re.match(pattern.replace("?<", "?P<"), path))
        ]
        assert slugs == ["a-shop"] * is_led
        assert any(re.match(pattern, path) for pattern in led) is is_led
        assert any(re.match(pattern, path) for pattern in kept) is is_kept


def test_every_folder_secret_and_network_of_a_cell_is_there() -> None:
    """Compose says so only when it starts; here it is seen before."""
    for files, folder in (((SINGLE, CELL), ROOT), ((FRONT,), FOLDER)):
        named: dict[str, set[str]] = {
            part: {name for file in files for name in file.get(part) or {}}
            for part in ("secrets", "networks", "volumes")
        }
        for service in (s for file in files for s in file["services"].values()):
            assert set(service.get("secrets", [])) <= named["secrets"]
            assert set(service.get("networks", [])) <= named["networks"] | {"default"}
            for volume in service.get("volumes", []):
                place = volume.partition(":")[0]
                if place.startswith("."):
                    assert (folder / place).is_file(), place
                else:
                    assert place in named["volumes"], place
    made = (FOLDER / "make_secrets.sh").read_text()
    for name, kind in (CELL["secrets"] | FRONT["secrets"]).items():
        alone = (ROOT / "docker/make_secrets.sh").read_text()
        assert name in made or name in alone
        assert kind["file"].rpartition("/")[2] == name


def test_the_move_starts_with_what_it_is_given(tmp_path: Path) -> None:
    """The settings load with the variables and secrets of this service alone."""
    move = CELL["services"]["move"]
    environment = {"PATH": "/usr/bin:/bin", "TSUNAGI_VAR": str(tmp_path)}
    for name, value in move["environment"].items():
        if value.startswith("/run/secrets/"):
            secret = tmp_path / value.rpartition("/")[2]
            secret.write_text(SECRETS_OF_A_TEST[secret.name])
            value = str(secret)
        environment[name] = (
            re.sub(r"\$\{[A-Z_]+:\?\}", "", value) or (GIVEN_BY_HAND[name])
        )
    done = subprocess.run(
        [sys.executable, *move["entrypoint"].split()[1:], "--help"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--undo" in done.stdout


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
