from django.db import migrations, models


def replaced(name: str, column: str) -> list:
    """The index once more, with the id in it."""
    index = models.Index(
        fields=["tenant", column], include=["id"], name=name, condition=models.Q((column, ""), _negated=True)
    )
    return [migrations.RemoveIndex("member", name), migrations.AddIndex("member", index)]


class Migration(migrations.Migration):
    dependencies = [("members", "0010_newest_inquiries")]
    operations = [*replaced("member_email", "email_key"), *replaced("member_phone", "phone_e164")]
