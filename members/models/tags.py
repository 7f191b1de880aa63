"""Tags, and the members who have them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.member import Member
from members.models.querysets import TagFolderQuerySet, TagQuerySet
from tenants.fields import PublicIdField, TenantKey
from tenants.models import TenantManager, TenantModel


class TagFolder(TenantModel):
    public_id = PublicIdField()
    name = models.CharField(_("フォルダ名"), max_length=60)
    position = models.PositiveIntegerField(default=0)
    tag_count: int  # by with_tag_counts()

    objects = TenantManager.from_queryset(TagFolderQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="tagfolder_public_id"
            ),
            models.UniqueConstraint(fields=["tenant", "name"], name="tagfolder_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(TenantModel):
    """A name that is put on members. Unique by ``name_key`` (NFKC, folded case)."""

    public_id = PublicIdField()
    name = models.CharField(_("タグ名"), max_length=100)
    name_key = models.CharField(max_length=200)
    color = models.CharField(_("色"), max_length=10, default="grey")
    description = models.CharField(_("説明"), max_length=200, blank=True)
    folder = models.ForeignKey(
        TagFolder,
        null=True,
        on_delete=models.SET_NULL,
        related_name="tags",
        db_index=False,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    tagged_count: int  # by with_counts()

    objects = TenantManager.from_queryset(TagQuerySet)()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="tag_public_id"
            ),
            models.UniqueConstraint(fields=["tenant", "name_key"], name="tag_name"),
        ]

    def __str__(self) -> str:
        return self.name


class TagBatch(TenantModel):
    """What one tagging did: one row, whether for one member or for a million."""

    class Action(models.TextChoices):
        ADD = "add", _("付与")
        REMOVE = "remove", _("解除")

    class Source(models.TextChoices):
        OPERATOR = "operator", pgettext_lazy("source", "オペレーター")
        FORM = "form", _("フォーム")
        LINK = "link", pgettext_lazy("source", "カート連携")
        IMPORT = "import", _("取り込み")
        KEYWORD = "keyword", _("キーワード")

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="batches")
    action = models.CharField(max_length=6, choices=Action.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    operator = models.ForeignKey(
        "operators.Operator", null=True, on_delete=models.PROTECT, related_name="+"
    )
    # The bulk job that it is a part of: a million members are tagged in several batches, which are undone together.
    job = models.ForeignKey(
        "jobs.Job", null=True, on_delete=models.SET_NULL, related_name="tag_batches"
    )
    count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)


class MemberTag(TenantModel):
    """The link between a tag and a member.

    Without foreign keys in the database: they tripled the time of tagging a million members. An advisory lock keeps
    hard deletes and tagging apart instead (members/db.py).
    """

    pk = models.CompositePrimaryKey("tenant_id", "tag_id", "member_id")
    tenant = TenantKey(db_constraint=False)
    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        related_name="member_tags",
        db_index=False,
        db_constraint=False,
    )
    tag = models.ForeignKey(
        Tag,
        on_delete=models.CASCADE,
        related_name="member_tags",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        TagBatch,
        on_delete=models.CASCADE,
        related_name="member_tags",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "member"], name="membertag_member"),
            models.Index(fields=["tenant", "batch"], name="membertag_batch"),
        ]
