"""The columns of a member: a closed list. What else a shop wants to know is an attribute.

Their order is that of conditions, of the columns of a file, and of the lines in a history.
"""

from collections.abc import Iterable

from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy

from members.attributes import file_joins, file_values
from members.attributes.field_texts import (
    parse_name,
    show_birthday,
    show_line_account,
    show_line_optout,
    show_mail_optout,
    show_old_day,
    show_old_moment,
    show_old_month_day,
    show_old_phone,
    show_phone,
)
from members.attributes.import_cells import (
    BirthdayWidget,
    EmailWidget,
    IdWidget,
    LineWidget,
    NamePartWidget,
    NameWidget,
    OptoutWidget,
    PhoneWidget,
    TagsWidget,
)
from members.attributes.member_field import (
    FIELDS,
    Column,
    HistoryText,
    ImportColumn,
    LazyText,
    Matched,
    MemberField,
    Question,
    register_fields,
)
from members.models import Member, ValueList
from members.models.member import AnswerSource
from members.normalize.birthdays import parse_birthday
from members.normalize.keys import (
    clean_email,
    clean_phone,
    normalize_email,
    normalize_name,
    normalize_phone,
    normalize_text,
)

__all__ = ["FIELDS"]

BASIC, LINE = gettext_lazy("基本"), gettext_lazy("LINE")
NAME, EMAIL = gettext_lazy("氏名"), gettext_lazy("メールアドレス")
PHONE, BIRTHDAY = gettext_lazy("電話番号"), gettext_lazy("生年月日")
MEMBER_ID, LINE_ID = gettext_lazy("会員ID"), gettext_lazy("LINEユーザーID")
LINE_NAME, TAGS = gettext_lazy("LINE名"), gettext_lazy("タグ")
LINK_STATE, LINE_STATE = gettext_lazy("連携状態"), gettext_lazy("友だち")
KNOWN_AT, KNOWN_BY = gettext_lazy("認知日時"), gettext_lazy("認知のきっかけ")
ANSWERED, CREATED = gettext_lazy("最終回答"), gettext_lazy("登録日")
SEEN, DELETED = gettext_lazy("最終反応"), gettext_lazy("削除日時")
VISITS, SESSIONS = gettext_lazy("訪問回数"), gettext_lazy("セッション数")
LINE_OPTOUT = gettext_lazy("LINEの受信拒否")
MAIL_OPTOUT = gettext_lazy("メールの受信拒否")
LINE_OPTOUT_BY = gettext_lazy("LINEの受信拒否のきっかけ")
MAIL_OPTOUT_BY = gettext_lazy("メールの受信拒否のきっかけ")
NOT_OPTED_OUT = gettext_lazy("受信拒否していない")
OPTED_OUT = gettext_lazy("受信拒否している")
CONSENT_NOTE = gettext_lazy(
    "「拒否」か「受信」。「受信設定を取り込む」をオンにしたときだけ使います。"
)


# ---------------------------------------------------------------- columns of a file
def _make_text_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: F(name))


def _make_moment_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: file_values.build_moment_text(name))


def _make_number_column(name: str, label: LazyText) -> Column:
    return Column(name, label, lambda: Cast(name, TextField()), number=True)


def _make_choice_column(
    name: str, label: LazyText, choices: Iterable[tuple[str, LazyText]]
) -> Column:
    return Column(name, label, lambda: file_values.build_choice_text(name, choices))


# ---------------------------------------------------------------- who a member is
register_fields(
    MemberField(
        "name", NAME, ("name",), lambda of: str(of.name), parse_name,
        matched=Matched("name_key", normalize_name), chosen=True, personal=True,
        exported=_make_text_column("name", NAME),
        asked=Question("name", NAME, BASIC, "text", column="name_key", key=normalize_name, values=ValueList.Field.NAME),
        imported=(
            ImportColumn(
                "name", NAME, NameWidget(),
                gettext_lazy("姓と名を1つの列に。「姓」と「名」の2列に分けることもできます。"),
            ),
            ImportColumn("family", gettext_lazy("姓"), NamePartWidget()),
            ImportColumn("given", gettext_lazy("名（姓を除く）"), NamePartWidget()),
        ),
        history={"name": HistoryText(NAME)},
    ),
    MemberField(
        "email", EMAIL, ("email",), lambda of: str(of.email), clean_email, "email",
        matched=Matched("email_key", normalize_email), chosen=True, personal=True,
        exported=_make_text_column("email", EMAIL),
        asked=Question(
            "email", EMAIL, BASIC, "contact", column="email_key", key=lambda text: normalize_text(text).lower(),
            values=ValueList.Field.EMAIL,
        ),
        imported=(
            ImportColumn(
                "email", EMAIL, EmailWidget(),
                gettext_lazy("全角でもかまいません。既存の会員を探すときにも使います。"), strength=3,
            ),
        ),
        history={"email": HistoryText(EMAIL)},
    ),
    MemberField(
        "phone", PHONE, ("phone",), show_phone, clean_phone, "tel",
        matched=Matched("phone_e164", normalize_phone), chosen=True, personal=True,
        exported=Column("phone", PHONE, file_values.build_phone_text),
        asked=Question(
            "phone", PHONE, BASIC, "phone", column="phone_e164", key=normalize_text, values=ValueList.Field.PHONE
        ),
        imported=(
            ImportColumn(
                "phone", PHONE, PhoneWidget(),
                gettext_lazy("ハイフンはなくてもかまいません。既存の会員を探すときにも使います。"), strength=4,
            ),
        ),
        history={"phone": HistoryText(PHONE, show_old_phone)},
    ),
    MemberField(
        "id", MEMBER_ID, ("public_id",), lambda of: str(of.public_id),
        exported=_make_text_column("public_id", MEMBER_ID),
        asked=Question("member", MEMBER_ID, BASIC, "listed", values=ValueList.Field.MEMBER),
        imported=(
            ImportColumn(
                "id", MEMBER_ID, IdWidget(),
                gettext_lazy("書き出したファイルの会員ID（12文字）。新しい会員は空欄のままにします。"), strength=1,
            ),
        ),
    ),
    MemberField(
        "line_user_id", LINE_ID, ("line_user_id",), lambda of: of.line_user_id or "", personal=True,
        exported=_make_text_column("line_user_id", LINE_ID),
        imported=(
            ImportColumn(
                "line", LINE_ID, LineWidget(),
                gettext_lazy("「U」で始まる33文字のID。LINEの表示名や検索用のIDではありません。"), strength=2,
            ),
        ),
        history={"line_user_id": HistoryText(LINE_ID)},
    ),
    MemberField(
        "birthday", BIRTHDAY, ("birthday", "birth_md"), show_birthday, parse_birthday, chosen=True, personal=True,
        exported=Column("birthday", BIRTHDAY, file_values.build_birthday_text),
        asked=Question("birthday", BIRTHDAY, BASIC, "birthday"),
        imported=(
            ImportColumn(
                "birthday", BIRTHDAY, BirthdayWidget(),
                gettext_lazy("「1985/11/22」の形。年が分からないときは「11/22」だけでもかまいません。"),
            ),
        ),
        history={
            "birthday": HistoryText(BIRTHDAY, show_old_day),
            "birth_md": HistoryText(gettext_lazy("誕生日"), show_old_month_day),
        },
    ),
)  # fmt: skip


# ---------------------------------------------------------------- LINE, and how a member stands
register_fields(
    MemberField(
        "line", LINE, ("line_user_id", "line_name", "line_picture", "line_state", "line_state_at"), show_line_account,
        chosen=True, personal=True,
    ),
    MemberField(
        "link_state", LINK_STATE, ("link_state",),
        exported=_make_choice_column("link_state", LINK_STATE, Member.LinkState.choices),
        asked=Question("link_state", LINK_STATE, BASIC, "choices", choices=Member.LinkState.choices),
    ),
    MemberField(
        "line_state", LINE_STATE, ("line_state",),
        exported=_make_choice_column("line_state", LINE_STATE, Member.LineState.choices),
        asked=Question(
            "line_state", gettext_lazy("LINEの状態"), LINE, "choices", choices=Member.LineState.choices
        ),
    ),
    MemberField(
        "tags", TAGS,
        exported=Column(
            "tags", TAGS, file_values.build_empty_text, join=file_joins.build_tags_join, cell="tagged.names"
        ),
        imported=(
            ImportColumn(
                "tags", TAGS, TagsWidget(),
                gettext_lazy("複数あるときは「；」か「、」で区切ります。ないタグは新しく作られます。"),
            ),
        ),
    ),
    MemberField(
        "line_name", LINE_NAME, ("line_name",), lambda of: str(of.line_name), personal=True,
        exported=_make_text_column("line_name", LINE_NAME),
        asked=Question("line_name", LINE_NAME, LINE, "line_name"),
    ),
    MemberField(
        "known_at", KNOWN_AT, ("known_at",), exported=_make_moment_column("known_at", KNOWN_AT),
        asked=Question("known_at", gettext_lazy("認知日"), BASIC, "moments"),
    ),
    MemberField(
        "known_by", KNOWN_BY, ("known_by",), exported=_make_choice_column("known_by", KNOWN_BY, AnswerSource.choices),
        asked=Question("known_by", KNOWN_BY, BASIC, "choices", choices=AnswerSource.choices),
    ),
    MemberField(
        "answered_at", ANSWERED, ("answered_at",), exported=_make_moment_column("answered_at", ANSWERED),
        asked=Question("answered_at", gettext_lazy("最終回答日"), BASIC, "moments"),
    ),
    MemberField(
        "created_at", CREATED, ("created_at",), exported=_make_moment_column("created_at", CREATED),
        asked=Question("created_at", CREATED, BASIC, "moments"),
    ),
    MemberField(
        "last_seen_at", SEEN, ("last_seen_at",), exported=_make_moment_column("last_seen_at", SEEN),
        asked=Question("last_seen_at", SEEN, LINE, "moments"),
    ),
    MemberField(
        "line_optout", LINE_OPTOUT, ("line_optout_at", "line_optout_by"), show_line_optout, chosen=True,
        exported=_make_moment_column("line_optout_at", LINE_OPTOUT),
        asked=Question(
            "line_optout_at", gettext_lazy("受信拒否（LINE）"), LINE, "moments", empty=NOT_OPTED_OUT,
            filled=OPTED_OUT,
        ),
        imported=(
            ImportColumn(
                "line_optout", gettext_lazy("受信拒否（LINE）"), OptoutWidget("line_optout"), CONSENT_NOTE,
                consent=True,
            ),
        ),
        history={"line_optout_at": HistoryText(LINE_OPTOUT, show_old_moment)},
    ),
    MemberField(
        "line_optout_by", LINE_OPTOUT_BY, ("line_optout_by",),
        exported=_make_choice_column("line_optout_by", LINE_OPTOUT_BY, AnswerSource.choices),
    ),
    MemberField(
        "mail_optout", MAIL_OPTOUT, ("mail_optout_at", "mail_optout_by"), show_mail_optout, chosen=True,
        exported=_make_moment_column("mail_optout_at", MAIL_OPTOUT),
        asked=Question(
            "mail_optout_at", gettext_lazy("受信拒否（メール）"), BASIC, "moments", empty=NOT_OPTED_OUT,
            filled=OPTED_OUT,
        ),
        imported=(
            ImportColumn(
                "mail_optout", gettext_lazy("受信拒否（メール）"), OptoutWidget("mail_optout"), CONSENT_NOTE,
                consent=True,
            ),
        ),
        history={"mail_optout_at": HistoryText(MAIL_OPTOUT, show_old_moment)},
    ),
    MemberField(
        "mail_optout_by", MAIL_OPTOUT_BY, ("mail_optout_by",),
        exported=_make_choice_column("mail_optout_by", MAIL_OPTOUT_BY, AnswerSource.choices),
    ),
    MemberField(
        "visits", VISITS, ("visits",), exported=_make_number_column("visits", VISITS),
        asked=Question("visits", VISITS, LINE, "count"),
    ),
    MemberField(
        "sessions", SESSIONS, ("sessions",), exported=_make_number_column("sessions", SESSIONS),
        asked=Question("sessions", SESSIONS, LINE, "count"),
    ),
    MemberField(
        "deleted_at", DELETED, ("deleted_at",), exported=_make_moment_column("deleted_at", DELETED),
        history={"deleted_at": HistoryText(gettext_lazy("削除"), show_old_moment)},
    ),
    MemberField(
        "merged_into", gettext_lazy("統合先の会員"), ("merged_into_id",),
        history={"merged_into_id": HistoryText(gettext_lazy("統合先の会員"))},
    ),
)  # fmt: skip
# Who a member is comes by answers: of each the newest counts, and members are found by them.
ANSWERS = tuple(key for key, each in FIELDS.items() if each.matched)
