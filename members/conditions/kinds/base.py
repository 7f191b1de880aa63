"""The kinds of values in conditions: which are allowed, how they read, how the builder shows and reads them.

Values that identify a person never stand in a condition: the text or list is stored on the server, and the condition
holds its random key.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.conditions.search import get_search_text, save_search_text
from members.models import SearchText, ValueList
from members.normalize.text import normalize_text
from members.valuelists.files import ParsedInput
from members.valuelists.lists import make_value_list

LazyText = str | Promise
DELETED_MESSAGE = gettext_lazy(
    "この条件が使う項目は削除されています。選び直すか、この条件を削除してください。"
)
MASKED_MESSAGE = gettext_lazy(
    "氏名・連絡先・生年月日・住所などの個人情報による条件には、「個人情報の表示」の権限が必要です。オーナーか店長に依頼するか、この条件を外してください。"
)
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class BadCondition(ValueError):
    """A condition that this version does not understand; the message names the part."""


class DanglingCondition(BadCondition):
    """A condition that names a tag, a list or a setting that is no longer there.

    It finds nobody, within a “not” too.
    """


class MaskedCondition(BadCondition):
    """A condition on personal data, read for somebody who may not see them."""


class RowInputs(dict[str, str]):
    """What the inputs of one row of the builder hold: ``parts["from"]``, "" for an input that is missing.

    ``many``: the values that are ticked; ``file``: the one that is uploaded.
    """

    def __init__(
        self,
        *args: Any,
        many: Sequence[str] = (),
        file: UploadedFile | None = None,
        **kwargs: str,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.many, self.file = list(many), file

    def __missing__(self, name: str) -> str:
        return ""


class Kind:
    """No value, for the operator says it all (``value`` is True). Other kinds override this one.

    ``template``: members/builder/values/<template>.html.
    """

    template = "none"

    def check(self, value: Any) -> None:
        """Raise BadCondition when the value is not allowed."""
        if value is not True:
            raise BadCondition("True is expected.")

    def missing(self, value: Any) -> bool:
        """Return whether a row that the value names is no longer there."""
        return False

    def words(self, value: Any) -> str:
        return ""

    def to_url(self, value: Any) -> Any:
        return value

    def from_url(self, value: Any) -> Any:
        return value

    def inputs(self, value: Any) -> RowInputs:
        return RowInputs()

    def read(self, parts: RowInputs) -> Any:
        """Return the value that was typed, and store what may not stand in a condition.

        Raise ValidationError, whose message names the cause and the remedy.
        """
        return True

    def options(self, parts: RowInputs) -> Iterable[Any]:
        """Return what is offered for ticking or choosing."""
        return ()


NOTHING = Kind()


# ---------------------------------------------------------------- behind a random key
class Text(Kind):
    """A text that is typed; it is stored, and the condition holds its key."""

    template = "text"

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or not KEY.fullmatch(value):
            raise BadCondition("The random key of a text is expected.")

    def missing(self, value: str) -> bool:
        return not SearchText.objects.filter(public_id=value).exists()

    def words(self, value: str) -> str:
        return _("「%(text)s」") % {"text": get_search_text(value)}

    def inputs(self, value: str) -> RowInputs:
        return RowInputs(text=get_search_text(value), key=value)

    def read(self, parts: RowInputs) -> str:
        """Return the key of the text.

        The same text has the same key again, so that looking at a condition does not change it.
        """
        key, typed = parts["key"], normalize_text(parts["text"])[:200]
        if not typed or not KEY.fullmatch(key) or get_search_text(key) != typed:
            key = save_search_text(typed)
        if not key:
            raise ValidationError(
                _("言葉が入力されていません。探す言葉を入力してください。")
            )
        return key


class Values(Kind):
    """A list that is pasted or uploaded; it is stored, and the condition holds its key.

    ``field``: one of ValueList.Field.
    """

    template = "values"

    def __init__(self, field: str) -> None:
        self.field = field

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or not KEY.fullmatch(value):
            raise BadCondition("The random key of a list is expected.")

    def missing(self, value: str) -> bool:
        return not ValueList.objects.filter(public_id=value, field=self.field).exists()

    def words(self, value: str) -> str:
        kept = ValueList.objects.filter(public_id=value).first()
        number = kept.usable if kept else 0
        return ngettext("リストの%(count)s件", "リストの%(count)s件", number) % {
            "count": f"{number:,}"
        }

    def inputs(self, value: str) -> RowInputs:
        return RowInputs(key=value, kept=self.words(value))

    def read(self, parts: RowInputs) -> str:
        text = ParsedInput.of(parts["text"], parts.file).values(self.field)
        if parts["blanks"]:
            text = "\n".join(text.split())
        if text.strip():
            return str(make_value_list(text, self.field).public_id)
        key = parts["key"]
        if not KEY.fullmatch(key) or self.missing(key):
            raise ValidationError(
                _("値が入力されていません。貼り付けるか、ファイルを選んでください。")
            )
        return key

    @property
    def splits_blanks(self) -> bool:
        """Whether the operator decides if blanks divide values: names and texts may have blanks in them."""
        return self.field in (ValueList.Field.NAME, ValueList.Field.TEXT)
