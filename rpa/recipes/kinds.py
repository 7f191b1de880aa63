"""The admin sites that the robot can use. Adding one is one file, one line here and one test."""

from django.utils.functional import Promise

from outbound.kinds import load_kind
from rpa.recipes.base import Recipe

KINDS = {
    "demo": "rpa.recipes.demo.DemoRecipe",
}


def get_recipe_class(kind: str) -> type[Recipe]:
    recipe: type[Recipe] = load_kind(KINDS, kind)
    return recipe


def list_recipes() -> list[tuple[str, str | Promise]]:
    """Return the recipes by key and label."""
    return [(kind, get_recipe_class(kind).label) for kind in KINDS]
