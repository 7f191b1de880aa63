"""What the URLs of the console ask for, by URL name: from the world to the arguments. A new URL needs its line here."""

from collections.abc import Callable

from tests.walls.world import World

Arguments = Callable[[dict[str, object]], list[object]]


def public_id(model: str) -> Arguments:
    return lambda rows: [rows[model].public_id]  # type: ignore[attr-defined]


def by_name(world: World) -> dict[str, object]:
    return {model.__name__: row for model, row in world.items()}


ARGUMENTS: dict[str, Arguments] = {}
