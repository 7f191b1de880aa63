"""Ready forms to begin with: their questions and texts, to be changed before they are saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from forms_builder.models import Form
from forms_builder.questions.choices import make_id
from forms_builder.questions.question import NOWHERE, Question
from tenants.fields import generate_public_id


@dataclass(frozen=True)
class ReadyForm:
    """``questions`` have ids of their own, so that the form can be made of them as they stand."""

    key: str
    kind: str
    name: str
    note: str
    title: str
    intro: str
    thanks: str
    questions: Sequence[Question]

    @property
    def kind_label(self) -> str:
        return str(Form.Kind(self.kind).label)


def ask_question(
    kind: str, label: str, *, required: bool = True, **settings: object
) -> Question:
    """Return a question that is written to the item of its kind, where it has one."""
    return Question(
        kind, label, required, id=generate_public_id(), settings=dict(settings)
    )


def offer_choices(
    kind: str, label: str, *choices: str, required: bool = True
) -> Question:
    """Return a question with these choices, whose answer is written nowhere else."""
    rows: list[dict[str, str]] = []
    for each in choices:
        rows.append({"id": make_id(each, [row["id"] for row in rows]), "label": each})
    return Question(
        kind,
        label,
        required,
        id=generate_public_id(),
        settings={"choices": rows},
        writes=NOWHERE,
    )


def build_identity() -> ReadyForm:
    return ReadyForm(
        "identity",
        Form.Kind.IDENTITY,
        _("本人確認フォーム"),
        _("LINEの友だちを、カートのお客様と連携します。"),
        _("ご本人確認"),
        _("ご注文時のお名前・電話番号・メールアドレスをご入力ください。"),
        _("ご回答ありがとうございました。"),
        [
            ask_question("name", _("お名前")),
            ask_question("phone", _("電話番号")),
            ask_question("email", _("メールアドレス"), required=False),
        ],
    )


def build_phone_again() -> ReadyForm:
    return ReadyForm(
        "phone_again",
        Form.Kind.IDENTITY,
        _("電話番号の再入力フォーム"),
        _("連携できなかった方に、もう一度ご登録の番号をうかがいます。"),
        _("電話番号の再入力"),
        _("ご注文時に登録された電話番号を、もう一度ご確認のうえご入力ください。"),
        "",
        [
            ask_question("phone", _("電話番号")),
            ask_question("email", _("メールアドレス"), required=False),
        ],
    )


def build_contact() -> ReadyForm:
    topics = (_("ご注文・お届け"), _("商品"), _("定期便"), _("その他"))
    return ReadyForm(
        "contact",
        Form.Kind.CONTACT,
        _("お問い合わせフォーム"),
        _("お問い合わせを受け付け、自動返信メールで内容を控えます。"),
        _("お問い合わせ"),
        _("内容を確認のうえ、担当者よりご連絡します。"),
        _("お問い合わせを受け付けました。担当者からの連絡をお待ちください。"),
        [
            ask_question("name", _("お名前")),
            ask_question("email", _("メールアドレス"), confirm=True),
            offer_choices("single", _("お問い合わせの種類"), *topics),
            ask_question("long_text", _("お問い合わせの内容")),
        ],
    )


def build_cancel() -> ReadyForm:
    reasons = (
        _("商品が余っている"),
        _("効果を感じられない"),
        _("価格が合わない"),
        _("体質に合わない"),
        _("その他"),
    )
    return ReadyForm(
        "cancel",
        Form.Kind.CANCEL,
        _("解約受付フォーム"),
        _("定期便の解約のお申し出を受け付けます。"),
        _("解約のお申し出"),
        _("ご注文時のお名前・電話番号・メールアドレスをご入力ください。"),
        _("お申し出を受け付けました。手続きが終わりましたらご連絡します。"),
        [
            ask_question("name", _("お名前")),
            ask_question("phone", _("電話番号")),
            ask_question("email", _("メールアドレス")),
            offer_choices("single", _("解約の理由"), *reasons),
            ask_question("long_text", _("ご意見"), required=False),
        ],
    )


def build_survey() -> ReadyForm:
    degrees = (
        _("とても満足"),
        _("満足"),
        _("ふつう"),
        _("やや不満"),
        _("不満"),
    )
    points = (_("品質"), _("使いやすさ"), _("価格"), _("配送"), _("スタッフの対応"))
    return ReadyForm(
        "survey",
        Form.Kind.OTHER,
        _("満足度アンケート"),
        _("商品の感想を選択肢で集め、図で見ます。"),
        _("商品アンケート"),
        _("1分ほどで終わります。ご感想をお聞かせください。"),
        _("ご協力ありがとうございました。"),
        [
            offer_choices("single", _("商品の満足度"), *degrees),
            offer_choices("multiple", _("よかった点"), *points, required=False),
            ask_question("long_text", _("ご意見・ご感想"), required=False),
        ],
    )


def build_address_change() -> ReadyForm:
    return ReadyForm(
        "address",
        Form.Kind.CONTACT,
        _("お届け先の変更フォーム"),
        _("新しい住所をうかがいます。郵便番号から住所が入ります。"),
        _("お届け先の変更"),
        _("次回のお届けから変更します。"),
        _("お届け先の変更を受け付けました。"),
        [
            ask_question("name", _("お名前")),
            ask_question("phone", _("電話番号")),
            ask_question("postal_code", _("新しい郵便番号")),
            ask_question("address", _("新しい住所")),
        ],
    )


READY: dict[str, Callable[[], ReadyForm]] = {
    "identity": build_identity,
    "phone_again": build_phone_again,
    "contact": build_contact,
    "cancel": build_cancel,
    "survey": build_survey,
    "address": build_address_change,
}


def list_ready_forms() -> list[ReadyForm]:
    return [build() for build in READY.values()]


def find_ready_form(key: str) -> ReadyForm | None:
    return READY[key]() if key in READY else None
