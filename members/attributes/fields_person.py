"""Who a member is: name, mail address, telephone number, the two IDs, birthday."""

from django.utils.translation import gettext_lazy

from members.attributes import file_values
from members.attributes.columns import make_text_column
from members.attributes.field_texts import (
    parse_name,
    show_birthday,
    show_old_day,
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
    PhoneWidget,
)
from members.attributes.member_field import (
    BASIC,
    Column,
    HistoryText,
    ImportColumn,
    Matched,
    MemberField,
    Question,
)
from members.models import ValueList
from members.normalize.birthdays import parse_birthday
from members.normalize.emails import clean_email, normalize_email
from members.normalize.names import normalize_name
from members.normalize.phones import clean_phone, normalize_phone
from members.normalize.text import normalize_text

NAME, EMAIL = gettext_lazy("氏名"), gettext_lazy("メールアドレス")
PHONE, BIRTHDAY = gettext_lazy("電話番号"), gettext_lazy("生年月日")
MEMBER_ID, LINE_ID = gettext_lazy("会員ID"), gettext_lazy("LINEユーザーID")

PERSON = (
    MemberField(
        "name",
        NAME,
        ("name",),
        lambda of: str(of.name),
        parse_name,
        matched=Matched("name_key", normalize_name),
        chosen=True,
        personal=True,
        exported=make_text_column("name", NAME),
        asked=Question(
            "name",
            NAME,
            BASIC,
            "text",
            column="name_key",
            key=normalize_name,
            values=ValueList.Field.NAME,
        ),
        imported=(
            ImportColumn(
                "name",
                NAME,
                NameWidget(),
                gettext_lazy(
                    "姓と名を1つの列に。「姓」と「名」の2列に分けることもできます。"
                ),
            ),
            ImportColumn("family", gettext_lazy("姓"), NamePartWidget()),
            ImportColumn("given", gettext_lazy("名（姓を除く）"), NamePartWidget()),
        ),
        history={"name": HistoryText(NAME)},
    ),
    MemberField(
        "email",
        EMAIL,
        ("email",),
        lambda of: str(of.email),
        clean_email,
        "email",
        matched=Matched("email_key", normalize_email),
        chosen=True,
        personal=True,
        exported=make_text_column("email", EMAIL),
        asked=Question(
            "email",
            EMAIL,
            BASIC,
            "contact",
            column="email_key",
            key=lambda text: normalize_text(text).lower(),
            values=ValueList.Field.EMAIL,
        ),
        imported=(
            ImportColumn(
                "email",
                EMAIL,
                EmailWidget(),
                gettext_lazy(
                    "全角でもかまいません。既存の会員を探すときにも使います。"
                ),
                strength=3,
            ),
        ),
        history={"email": HistoryText(EMAIL)},
    ),
    MemberField(
        "phone",
        PHONE,
        ("phone",),
        show_phone,
        clean_phone,
        "tel",
        matched=Matched("phone_e164", normalize_phone),
        chosen=True,
        personal=True,
        exported=Column("phone", PHONE, file_values.build_phone_text),
        asked=Question(
            "phone",
            PHONE,
            BASIC,
            "phone",
            column="phone_e164",
            key=normalize_text,
            values=ValueList.Field.PHONE,
        ),
        imported=(
            ImportColumn(
                "phone",
                PHONE,
                PhoneWidget(),
                gettext_lazy(
                    "ハイフンはなくてもかまいません。既存の会員を探すときにも使います。"
                ),
                strength=4,
            ),
        ),
        history={"phone": HistoryText(PHONE, show_old_phone)},
    ),
    MemberField(
        "id",
        MEMBER_ID,
        ("public_id",),
        lambda of: str(of.public_id),
        exported=make_text_column("public_id", MEMBER_ID),
        asked=Question(
            "member", MEMBER_ID, BASIC, "listed", values=ValueList.Field.MEMBER
        ),
        imported=(
            ImportColumn(
                "id",
                MEMBER_ID,
                IdWidget(),
                gettext_lazy(
                    "書き出したファイルの会員ID（12文字）。新しい会員は空欄のままにします。"
                ),
                strength=1,
            ),
        ),
    ),
    MemberField(
        "line_user_id",
        LINE_ID,
        ("line_user_id",),
        lambda of: of.line_user_id or "",
        personal=True,
        exported=make_text_column("line_user_id", LINE_ID),
        imported=(
            ImportColumn(
                "line",
                LINE_ID,
                LineWidget(),
                gettext_lazy(
                    "「U」で始まる33文字のID。LINEの表示名や検索用のIDではありません。"
                ),
                strength=2,
            ),
        ),
        history={"line_user_id": HistoryText(LINE_ID)},
    ),
    MemberField(
        "birthday",
        BIRTHDAY,
        ("birthday", "birth_md"),
        show_birthday,
        parse_birthday,
        chosen=True,
        personal=True,
        exported=Column("birthday", BIRTHDAY, file_values.build_birthday_text),
        asked=Question("birthday", BIRTHDAY, BASIC, "birthday"),
        imported=(
            ImportColumn(
                "birthday",
                BIRTHDAY,
                BirthdayWidget(),
                gettext_lazy(
                    "「1985/11/22」の形。年が分からないときは「11/22」だけでもかまいません。"
                ),
            ),
        ),
        history={
            "birthday": HistoryText(BIRTHDAY, show_old_day),
            "birth_md": HistoryText(gettext_lazy("誕生日"), show_old_month_day),
        },
    ),
)
