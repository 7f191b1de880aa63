"""How a member stands: LINE, links, tags, opt-outs, answers, visits, deletion."""

from django.utils.translation import gettext_lazy

from members.attributes import file_joins, file_values
from members.attributes.columns import (
    make_choice_column,
    make_moment_column,
    make_number_column,
    make_text_column,
)
from members.attributes.field_texts import (
    show_line_account,
    show_moment,
    show_old_moment,
)
from members.attributes.import_cells import (
    OptoutWidget,
    TagsWidget,
)
from members.attributes.member_field import (
    BASIC,
    LINE,
    Column,
    HistoryText,
    ImportColumn,
    LazyText,
    MemberField,
    Question,
)
from members.models import Member
from members.models.member import AnswerSource

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


def make_optout_fields(
    channel: str, group: LazyText, at: LazyText, by: LazyText, question: LazyText
) -> tuple[MemberField, MemberField]:
    """Return the fields of a refusal of "line" or "mail": since when, and by which way it was said."""
    since, way = f"{channel}_optout_at", f"{channel}_optout_by"
    return (
        MemberField(
            f"{channel}_optout",
            at,
            (since, way),
            lambda of: show_moment(getattr(of, since)),
            chosen=True,
            exported=make_moment_column(since, at),
            asked=Question(
                since,
                question,
                group,
                "moments",
                empty=NOT_OPTED_OUT,
                filled=OPTED_OUT,
            ),
            imported=(
                ImportColumn(
                    f"{channel}_optout",
                    question,
                    OptoutWidget(f"{channel}_optout"),
                    CONSENT_NOTE,
                    consent=True,
                ),
            ),
            history={since: HistoryText(at, show_old_moment)},
        ),
        MemberField(
            way,
            by,
            (way,),
            exported=make_choice_column(way, by, AnswerSource.choices),
        ),
    )


STATE = (
    MemberField(
        "line",
        LINE,
        ("line_user_id", "line_name", "line_picture", "line_state", "line_state_at"),
        show_line_account,
        chosen=True,
        personal=True,
    ),
    MemberField(
        "link_state",
        LINK_STATE,
        ("link_state",),
        exported=make_choice_column("link_state", LINK_STATE, Member.LinkState.choices),
        asked=Question(
            "link_state", LINK_STATE, BASIC, "choices", choices=Member.LinkState.choices
        ),
    ),
    MemberField(
        "line_state",
        LINE_STATE,
        ("line_state",),
        exported=make_choice_column("line_state", LINE_STATE, Member.LineState.choices),
        asked=Question(
            "line_state",
            gettext_lazy("LINEの状態"),
            LINE,
            "choices",
            choices=Member.LineState.choices,
        ),
    ),
    MemberField(
        "tags",
        TAGS,
        exported=Column(
            "tags",
            TAGS,
            file_values.build_empty_text,
            join=file_joins.build_tags_join,
            cell="tagged.names",
        ),
        imported=(
            ImportColumn(
                "tags",
                TAGS,
                TagsWidget(),
                gettext_lazy(
                    "複数あるときは「；」か「、」で区切ります。ないタグは新しく作られます。"
                ),
            ),
        ),
    ),
    MemberField(
        "line_name",
        LINE_NAME,
        ("line_name",),
        lambda of: str(of.line_name),
        personal=True,
        exported=make_text_column("line_name", LINE_NAME),
        asked=Question("line_name", LINE_NAME, LINE, "line_name"),
    ),
    MemberField(
        "known_at",
        KNOWN_AT,
        ("known_at",),
        exported=make_moment_column("known_at", KNOWN_AT),
        asked=Question("known_at", gettext_lazy("認知日"), BASIC, "moments"),
    ),
    MemberField(
        "known_by",
        KNOWN_BY,
        ("known_by",),
        exported=make_choice_column("known_by", KNOWN_BY, AnswerSource.choices),
        asked=Question(
            "known_by", KNOWN_BY, BASIC, "choices", choices=AnswerSource.choices
        ),
    ),
    MemberField(
        "answered_at",
        ANSWERED,
        ("answered_at",),
        exported=make_moment_column("answered_at", ANSWERED),
        asked=Question("answered_at", gettext_lazy("最終回答日"), BASIC, "moments"),
    ),
    MemberField(
        "created_at",
        CREATED,
        ("created_at",),
        exported=make_moment_column("created_at", CREATED),
        asked=Question("created_at", CREATED, BASIC, "moments"),
    ),
    MemberField(
        "last_seen_at",
        SEEN,
        ("last_seen_at",),
        exported=make_moment_column("last_seen_at", SEEN),
        asked=Question("last_seen_at", SEEN, LINE, "moments"),
    ),
    *make_optout_fields(
        "line", LINE, LINE_OPTOUT, LINE_OPTOUT_BY, gettext_lazy("受信拒否（LINE）")
    ),
    *make_optout_fields(
        "mail", BASIC, MAIL_OPTOUT, MAIL_OPTOUT_BY, gettext_lazy("受信拒否（メール）")
    ),
    MemberField(
        "visits",
        VISITS,
        ("visits",),
        exported=make_number_column("visits", VISITS),
        asked=Question("visits", VISITS, LINE, "count"),
    ),
    MemberField(
        "sessions",
        SESSIONS,
        ("sessions",),
        exported=make_number_column("sessions", SESSIONS),
        asked=Question("sessions", SESSIONS, LINE, "count"),
    ),
    MemberField(
        "deleted_at",
        DELETED,
        ("deleted_at",),
        exported=make_moment_column("deleted_at", DELETED),
        history={"deleted_at": HistoryText(gettext_lazy("削除"), show_old_moment)},
    ),
    MemberField(
        "merged_into",
        gettext_lazy("統合先の会員"),
        ("merged_into_id",),
        history={"merged_into_id": HistoryText(gettext_lazy("統合先の会員"))},
    ),
)
