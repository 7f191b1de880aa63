"""Keywords: what a customer's message sets off by itself.

Every keyword that fits puts its tag on; one answers, so that nobody gets two answers to one message: those for the
whole message come first, then the longer words.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from members.models import Member, Tag, TagBatch
from members.normalize.text import normalize_text
from members.tags.assign import tag_members
from messaging.accounts.pause import find_obstacle
from messaging.content.bubbles import Bubble
from messaging.content.make import make_line_content
from messaging.inbound.replies import book_reply
from messaging.models import InboundMessage, Keyword
from operators import audit

MOST = 200
# Of a word as it is compared: one character may stand for a whole word there, 「㍿」 for four letters.
LONGEST_KEY = 200
# A message that is handled later than this (the worker stood still) is not answered: the answer would surprise.
LATEST_ANSWER = timedelta(hours=1)


def make_word_key(text: str) -> str:
    """Return a text as keywords compare it: one width, one case, single blanks, none at its ends."""
    return " ".join(normalize_text(text).casefold().split())


def list_fitting_keywords(text: str) -> list[Keyword]:
    """Return the keywords that fit a message, the one that answers first."""
    key = make_word_key(text)
    if not key:
        return []
    rows = Keyword.objects.filter(is_on=True).select_related("tag", "content")
    fitting = [row for row in rows if has_keyword(row, key)]
    return sorted(
        fitting,
        key=lambda row: (row.match != Keyword.Match.WHOLE, -len(row.word_key), row.pk),
    )


def has_keyword(keyword: Keyword, key: str) -> bool:
    """Return whether a message, as keywords compare it, has this one."""
    if keyword.match == Keyword.Match.WHOLE:
        return key == keyword.word_key
    return keyword.word_key in key


def handle_keywords(message: InboundMessage) -> None:
    """Do what the keywords in a message ask for, in the transaction that closes its event, so once."""
    found = list_fitting_keywords(message.text)
    member = message.member
    for tag in dict.fromkeys(row.tag for row in found if row.tag):
        whom = Member.objects.filter(pk=member.pk)
        tag_members(tag, whom, TagBatch.Source.KEYWORD)
    answers = [row.content for row in found if row.content]
    if not answers or message.at <= timezone.now() - LATEST_ANSWER:
        return
    # While nothing may go out it would wait, and surprise the customer once the stop is lifted.
    if not find_obstacle(message.account.sender):
        book_reply(member, message.account, answers[0], f"keyword:{message.pk}")


class TooManyKeywords(Exception):
    """The shop has MOST keywords already."""


@transaction.atomic
def save_keyword(
    keyword: Keyword, tag: Tag | None, text: str, form_id: str, bubbles: list[Bubble]
) -> Keyword:
    """Save a keyword with a version of its answer. The caller has checked that the word is free."""
    if not keyword.pk and Keyword.objects.count() >= MOST:
        raise TooManyKeywords
    keyword.word_key, keyword.tag = make_word_key(keyword.word), tag
    answers = text or form_id or bubbles
    keyword.content = (
        make_line_content(text, form_id, bubbles, keyword.content) if answers else None
    )
    action = "keyword.changed" if keyword.pk else "keyword.made"
    keyword.save()
    audit.record_action(action, keyword)
    return keyword


@transaction.atomic
def switch_keyword(keyword: Keyword, on: bool) -> None:
    Keyword.objects.filter(pk=keyword.pk).update(is_on=on)
    audit.record_action("keyword.on" if on else "keyword.off", keyword)


@transaction.atomic
def delete_keyword(keyword: Keyword) -> None:
    audit.record_action("keyword.deleted", keyword, word=keyword.word)
    keyword.delete()
