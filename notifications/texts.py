"""What a notice says."""

from django.utils.translation import gettext as _

from operators.models import Notice
from operators.notify import NoticeText, find_notice_kind
from tenants.models import Tenant
from tenants.realms import build_realm_url


def describe_notice(notice: Notice) -> NoticeText:
    """Return title, detail and address; of a kind that is gone or whose subject is gone at least what is known."""
    kind = find_notice_kind(notice.kind)
    if not kind:
        return NoticeText(notice.kind)
    return kind.describe(notice) if kind.describe else NoticeText(str(kind.label))


def build_notice_url(tenant: Tenant, text: NoticeText, absolute: bool = True) -> str:
    """Return the address of the page that shows what happened."""
    page = text.page or "notifications:list"
    return build_realm_url("console", tenant, page, text.args, absolute)


def write_notice(tenant: Tenant, notices: list[Notice]) -> tuple[str, str]:
    """Return subject and text of the message about one notice, or the digest of several."""
    texts = [describe_notice(notice) for notice in notices]
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
