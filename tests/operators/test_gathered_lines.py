"""Lines of the audit log that are written together at the end of an act."""

import pytest

from operators import audit
from operators.models import AuditEntry
from tenants.scope import act_as
from tests.conftest import Cast


def test_they_keep_their_order_and_who_wrote_each(cast: Cast, sakura: object) -> None:
    with audit.gather_lines():
        audit.record_action("form.first", n=1)
        with act_as(cast.ed, "form"), audit.gather_lines():
            audit.record_action("form.second", n=2)
        assert not AuditEntry.objects.filter(action__startswith="form.").exists()
    lines = AuditEntry.objects.filter(action__startswith="form.").order_by("pk")
    assert [(each.action, each.operator, each.data) for each in lines] == [
        ("form.first", None, {"n": 1}),
        ("form.second", cast.ed, {"n": 2}),
    ]


def test_of_what_failed_none_is_written(sakura: object) -> None:
    with pytest.raises(ValueError), audit.gather_lines():
        audit.record_action("form.first")
        raise ValueError
    audit.record_action("form.after")
    lines = AuditEntry.objects.filter(action__startswith="form.")
    assert [each.action for each in lines] == ["form.after"]
