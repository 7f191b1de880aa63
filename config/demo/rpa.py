"""What the demo shop has of RPA: a 解約受付 form, and a few requests."""

from collections.abc import Sequence
from typing import Any

from cartsync.models import Cart
from forms_builder.models import Field, Form
from forms_builder.questions.choices import give_ids
from forms_builder.versions import store_version
from messaging.models import LineAccount
from rpa.fields.action import build_choices
from rpa.models import RobotLogin, RpaSettings
from rpa.requests.receive import receive_request
from sandbox.cart.office import LOGIN
from sandbox.cart.state import Switches
from sandbox.cart.words import PRODUCTS, REASONS
from sandbox.people import Person


def make_cancel_form(account: LineAccount) -> Form:
    """Make the form by which customers cancel, pause or skip in LINE."""
    form = Form.objects.create(
        account=account,
        name="解約・お休みの受付",
        kind=Form.Kind.CANCEL,
        title="定期便のお手続き",
        intro="解約、お休み、スキップを、このフォームで受け付けます。",
        thanks="お申し込みを受け付けました。結果は、LINEかメールでお知らせします。",
    )
    actions = build_choices(dict.fromkeys(("cancel", "pause", "skip"), "on"))
    products = [name for _code, name, _price in PRODUCTS]
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("rpa_action", "ご希望のお手続き", actions),
        ("rpa_product", "お手続きする商品", {"choices": give_ids(products, {})}),
        ("email", "メールアドレス", {}),
        (
            "rpa_reason",
            "お手続きの理由",
            {"choices": give_ids(list(REASONS.values()), {})},
        ),
    ]
    Field.objects.bulk_create(
        Field(form=form, position=n, kind=kind, label=label, settings=settings)
        for n, (kind, label, settings) in enumerate(rows, 1)
    )
    store_version(form)
    return form


def make_rules() -> None:
    """Offer a pause or a skip to who may cancel, and name the other way; the shop rehearses."""
    RpaSettings.objects.create(
        offers=["pause", "skip"],
        offer_text="お休みのあいだ、お届けもお支払いもありません。",
        contact_phone="0120-000-000",
        contact_hours="平日9時〜18時",
    )


def make_login(cart: Cart) -> None:
    """Give the robot its login at the demo cart's admin site, switched off: the demo needs no Chromium."""
    secrets = {"login": LOGIN, "password": Switches().office_password}
    RobotLogin.objects.create(
        cart=cart, recipe="demo", url=cart.base_url, secrets=secrets, is_on=False
    )


def make_requests(cart: Cart, people: Sequence[Person]) -> None:
    """Enter three requests of customers of the demo cart, and one of somebody whom the cart does not know.

    A new shop rehearses: the cart is searched, and nothing is sent to it.
    """
    for person, kind in zip(people, ("cancel", "pause", "cancel"), strict=True):
        given = {"name": person.name, "email": person.email, "phone": person.phone}
        receive_request(cart, kind, given, reason="商品が余っている")
    receive_request(cart, "cancel", {"email": "unknown@example.jp"})
