import pytest

from jobs import runner
from operators.models import Notice
from operators.notify import list_notice_kinds, notify
from tenants.models import Tenant
from tests.conftest import Cast


def test_a_notice_is_a_row(sakura: Tenant, cast: Cast) -> None:
    notify("cart.stopped", cast.aiko, operator=cast.ed, ways=["mail"], reason="auth")
    notify("account.stopped")
    assert list(
        Notice.objects.order_by("pk").values_list(
            "tenant", "kind", "subject", "subject_id", "operator", "ways", "data"
        )
    ) == [
        (
            sakura.pk,
            "cart.stopped",
            "operators.operator",
            cast.aiko.pk,
            cast.ed.pk,
            ["mail"],
            {"reason": "auth"},
        ),
        (sakura.pk, "account.stopped", "", None, None, [], {}),
    ]


def test_its_kind_must_be_known(sakura: Tenant) -> None:
    with pytest.raises(ValueError, match="kind of notice"):
        notify("cart.stoped")
    kinds = {kind.name: kind.right for kind in list_notice_kinds()}
    assert kinds == {
        runner.ENDED: "",
        runner.FAILED: "",
        "account.stopped": "connect",
        "account.quota": "connect",
        "account.quota_near": "connect",
        "sending.stopped": "send",
        "sending.failed": "send",
        "cart.file_failed": "connect",
        "cart.new_word": "connect",
        "cart.stopped": "connect",
        "mailbox.stopped": "connect",
        "rpa.needs_person": "edit",
        "notice.test": "",
        "notice.phone_ended": "",
        "form.answered": "view",
        "plan.decided": "manage",
        "plan.near_limit": "manage",
        "plan.trial_ends": "manage",
        "plan.trial_ended": "manage",
        "support.entered": "manage",
    }
