"""Whatever names a tag is found by its columns: a table that nobody has heard of needs no further line."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from config.engines.embedded import OWNER
from members.models import Attribute, Segment, Tag, ValueList
from members.models.fields import ConditionField, UsedKey
from members.tags.names import get_or_create_tag
from members.usage.attributes import find_attribute_usage
from members.usage.delete_tag import TagInUse, delete_unused_tag
from members.usage.merge_tags import merge_tags
from members.usage.tags import find_tag_usage
from tenants.models import TenantModel
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, become, client_for, make_cast


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    """The people, in a transaction of the tables' owner that is taken back."""
    become(OWNER)
    try:
        with transaction.atomic():
            made = make_cast()
            with open_tenant_scope(made.sakura):
                yield made
            transaction.set_rollback(True)
    finally:
        become(settings.APP_ROLE)


@pytest.fixture
def badge(cast: Cast) -> Iterator[Any]:
    """A table of badges, given to those with a tag and to whom a condition finds."""

    class Badge(TenantModel):
        name = models.CharField(max_length=20)
        tag = UsedKey(
            Tag,
            on_delete=models.PROTECT,
            related_name="+",
            used_as="バッジのタグ",
        )
        condition = ConditionField(default=dict, used_as="バッジの条件")

        class Meta:
            app_label = "members"
            constraints = [
                models.UniqueConstraint(
                    fields=["tenant", "name", "tag"], name="badge_once"
                )
            ]

        def __str__(self) -> str:
            return self.name

        def usage_url(self) -> str:
            return f"/badges/{self.name}/"

    with connection.schema_editor(atomic=False) as editor:
        editor.create_model(Badge)
    yield Badge
    del apps.all_models["members"]["badge"]
    apps.clear_cache()


def carrying(*tags: Tag) -> dict[str, Any]:
    return {"field": "tag", "op": "has_any", "value": [tag.pk for tag in tags]}


def test_it_is_listed_guarded_and_merged(cast: Cast, badge: Any) -> None:
    a, b, c = (get_or_create_tag(name) for name in "ABC")
    for tag in (a, b):
        badge.objects.create(name="金", tag=tag, condition={"not": carrying(b, c)})
    badge.objects.create(name="銀", tag=c)
    uses = find_tag_usage([a, b, c])
    assert [(use.kind, use.name, use.url) for use in uses[b.pk]] == [
        ("バッジのタグ", "金", "/badges/金/"),
        ("バッジの条件", "金", "/badges/金/"),
        ("バッジの条件", "金", "/badges/金/"),
    ]
    page = client_for(cast.ed).get(f"/t/sakura/members/tags/{c.public_id}/")
    assert [(use.kind, use.name) for use in page.context["uses"]] == [
        ("バッジのタグ", "銀"),
        ("バッジの条件", "金"),
        ("バッジの条件", "金"),
    ]
    assert 'href="/badges/銀/"' in page.content.decode()
    with pytest.raises(TagInUse):
        delete_unused_tag(b)
    merge_tags(a, [b, c])
    assert list(
        badge.objects.order_by("name").values_list("name", "tag", "condition")
    ) == [("金", a.pk, {"not": carrying(a)}), ("銀", a.pk, {})]
    badge.objects.all().delete()
    delete_unused_tag(a)
    assert not Tag.objects.exists()


def test_its_condition_names_items_and_keeps_lists(cast: Cast, badge: Any) -> None:
    tag = get_or_create_tag("A")
    size = Attribute.objects.create(name="サイズ", kind="text", name_key="サイズ")
    field = f"attr:{size.public_id}"
    condition = {"all": [{"field": field, "op": "empty", "value": True}]}
    badge.objects.create(name="金", tag=tag, condition=condition)
    uses = find_attribute_usage([size])[size.public_id]
    assert [(use.kind, use.name) for use in uses] == [("バッジの条件", "金")]


# Tables of the members app that hold what a tag or an item is made of: they go with it.
THEIR_OWN = {
    "members.AttributeValue.attribute", "members.MemberTag.tag", "members.PastTag.tag", "members.SegmentChange.segment",
    "members.SegmentMember.segment", "members.TagBatch.tag", "members.ValueListMember.list",
    "members.ValueListText.list",
}  # fmt: skip


def test_every_reference_says_what_for() -> None:
    """A plain foreign key to a tag would be found by nobody."""
    plain = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and not isinstance(field, UsedKey)
        and field.related_model in (Tag, Attribute, Segment, ValueList)
    }
    assert plain == THEIR_OWN
