"""Save and delete the shop's own kept messages."""

from django.db import transaction

from messaging.content.make import Written, make_contents
from messaging.models import Content, MessageTemplate
from operators import audit


@transaction.atomic
def save_template(template: MessageTemplate, written: Written) -> MessageTemplate:
    """Save the template with a version of its message. The caller has checked that the name is free."""
    action = "message_template.changed" if template.pk else "message_template.made"
    old = [template.content] if template.pk else []
    template.content, _mail = make_contents(written, old)
    template.save()
    audit.record_action(action, template)
    return template


@transaction.atomic
def save_as_template(content: Content, name: str) -> MessageTemplate:
    """Keep a message that was written elsewhere, under the name, with a number behind it where the name is taken."""
    names = set(MessageTemplate.objects.values_list("name", flat=True))
    free, number = name[:90], 2
    while free in names:
        free, number = f"{name[:90]}（{number}）", number + 1
    kept: MessageTemplate = MessageTemplate.objects.create(name=free, content=content)
    audit.record_action("message_template.made", kept)
    return kept


@transaction.atomic
def delete_template(template: MessageTemplate) -> None:
    """Delete the template; messages that began with it keep their copies."""
    audit.record_action("message_template.deleted", template, name=template.name)
    template.delete()
