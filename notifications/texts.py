"""What a notice says."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from operators.models import Notice
from operators.notify import NoticeText, find_notice_kind
from tenants.models import Tenant
from tenants.realms import build_realm_url

# A digest of a flood has many; what they are about is looked up in parts.
AT_A_TIME = 2_000


def describe_notices(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Return title, detail and page of each notice by its number.

    Of a kind that is gone, or whose subject is gone, at least what is known.
    """
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[notice.kind].append(notice)
    texts: dict[int, NoticeText] = {}
    for name, some in by_kind.items():
        kind = find_notice_kind(name)
        label = NoticeText(str(kind.label) if kind else name)
        told = kind.describe(some) if kind and kind.describe else {}
        texts |= {notice.pk: told.get(notice.pk, label) for notice in some}
    return texts


def build_notice_url(tenant: Tenant, text: NoticeText, absolute: bool = True) -> str:
    """Return the address of the page that shows what happened."""
    page = text.page or "notifications:list"
    return build_realm_url("console", tenant, page, text.args, absolute)


def write_notice(tenant: Tenant, notices: list[Notice]) -> tuple[str, str]:
    """Return subject and text of the message about one notice, or the digest of several."""
    texts = [
        text
        for first in range(0, len(notices), AT_A_TIME)
        for text in describe_notices(notices[first : first + AT_A_TIME]).values()
    ]
    shop = {"shop": tenant.name}
    if len(texts) == 1:
        text = texts[0]
        subject = _("【%(shop)s】%(title)s") % {**shop, "title": text.title}
        lines = [text.title, text.detail, build_notice_url(tenant, text)]
        return subject, "\n".join(line for line in lines if line)
    count = _("お知らせ%(n)s件") % {"n": len(texts)}
    subject = _("【%(shop)s】%(title)s") % {**shop, "title": count}
    seen: dict[str, int] = {}
    for text in texts:
        seen[text.title] = seen.get(text.title, 0) + 1
    lines = [
        _("・%(title)s（%(n)s件）") % {"title": title, "n": n}
        for title, n in seen.items()
    ]
    return subject, "\n".join([*lines, "", build_notice_url(tenant, NoticeText(""))])


def describe_ended_phones(notices: Sequence[Notice]) -> dict[int, NoticeText]:
    """Say to the operator why nothing comes by LINE any more."""
    title = _("スマホ連携が解除されました")
    detail = _(
        "LINE公式アカウントがブロックされたためです。LINEで受け取るには、もう一度連携してください。"
    )
    text = NoticeText(title, detail, "notifications:settings")
    return {notice.pk: text for notice in notices}
