"""The shapes of values in conditions: what is allowed, how it is said, how it is typed into the builder and read back.

Values that name a person never stand in a condition: a text or a list stands on the server, its random key in the tree.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.conditions.search import keep_text, kept_text
from members.models import SearchText, ValueList
from members.normalize.keys import plain
from members.valuelists.files import Given
from members.valuelists.lists import make_list

Words = str | Promise
GONE = gettext_lazy(
    "この条件が使う項目は削除されています。選び直すか、この条件を削除してください。"
)
KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


class BadCondition(ValueError):
    """A condition that says nothing this version understands; the message names the part."""


class Gone(BadCondition):
    """A condition naming a tag, a list or a setting that is no longer there: it finds nobody, under a “not” too."""


class Parts(dict[str, str]):
    """What stands in the inputs of one row: ``parts["from"]``; of several ticked the ``many``; ``file`` uploaded."""

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
    """No value: the operator says it all (``value`` is True). ``template``: members/builder/values/<template>.html."""

    template = "none"

    def check(self, value: Any) -> None:
        """Raises BadCondition."""
        if value is not True:
            raise BadCondition("True is expected.")

    def missing(self, value: Any) -> bool:
        """Whether a row that the value names is no longer there."""
        return False

    def words(self, value: Any) -> str:
        return ""

    def to_url(self, value: Any) -> Any:
        return value

    def from_url(self, value: Any) -> Any:
        return value

    def inputs(self, value: Any) -> Parts:
        return Parts()

    def read(self, parts: Parts) -> Any:
        """The value typed; stores what may not stand in a tree. Raises ValidationError, cause and remedy in words."""
        return True

    def options(self, parts: Parts) -> Iterable[Any]:
        """What is offered for ticking or choosing."""
        return ()


NOTHING = Kind()


# ---------------------------------------------------------------- behind a random key
class Text(Kind):
    """A word typed, kept under its key."""

    template = "text"

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or not KEY.fullmatch(value):
            raise BadCondition("The random key of a text is expected.")

    def missing(self, value: str) -> bool:
        return not SearchText.objects.filter(public_id=value).exists()

    def words(self, value: str) -> str:
        return _("「%(text)s」") % {"text": kept_text(value)}

    def inputs(self, value: str) -> Parts:
        return Parts(text=kept_text(value), key=value)

    def read(self, parts: Parts) -> str:
        """The same words keep their key: a condition that was only looked at is no other one."""
        key, typed = parts["key"], plain(parts["text"])[:200]
        if not typed or not KEY.fullmatch(key) or kept_text(key) != typed:
            key = keep_text(typed)
        if not key:
            raise ValidationError(
                _("言葉が入力されていません。探す言葉を入力してください。")
            )
        return key


class Values(Kind):
    """A list pasted or uploaded, kept under its key. ``field``: one of ValueList.Field."""

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

    def inputs(self, value: str) -> Parts:
        return Parts(key=value, kept=self.words(value))

    def read(self, parts: Parts) -> str:
        text = Given.of(parts["text"], parts.file).values(self.field)
        if parts["blanks"]:
            text = "\n".join(text.split())
        if text.strip():
            return str(make_list(text, self.field).public_id)
        key = parts["key"]
        if not KEY.fullmatch(key) or self.missing(key):
            raise ValidationError(
                _("値が入力されていません。貼り付けるか、ファイルを選んでください。")
            )
        return key

    @property
    def splits_blanks(self) -> bool:
        """Names have blanks in them: there it is for the operator to say."""
        return self.field in (ValueList.Field.NAME, ValueList.Field.TEXT)
