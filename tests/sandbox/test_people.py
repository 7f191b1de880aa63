"""The made-up people: the same for the same seed, plausible, and with the oddities that real data has."""

import re

import phonenumbers

from sandbox.people import make_people

ALL = list(make_people(1, 3000))


def test_a_person_depends_on_seed_and_index_alone() -> None:
    assert list(make_people(1, 5, start=100)) == ALL[100:105]
    assert list(make_people(2, 5)) != ALL[:5]


def test_phones_are_valid_mobile_numbers() -> None:
    numbers = [phonenumbers.parse(person.phone, "JP") for person in ALL]
    assert [
        number for number in numbers if not phonenumbers.is_valid_number(number)
    ] == []
    assert all(re.fullmatch(r"0[789]0[1-9]\d{7}", person.phone) for person in ALL)
    assert ALL[0].phone_e164 == "+81" + ALL[0].phone[1:]


def test_only_families_share() -> None:
    shared_phones = [n for n in range(1, 3000) if ALL[n].phone == ALL[n - 1].phone]
    shared_emails = [n for n in range(1, 3000) if ALL[n].email == ALL[n - 1].email]
    assert shared_phones == list(range(97, 3000, 97))
    assert shared_emails == list(range(211, 3000, 211))
    assert len({person.phone for person in ALL}) == 3000 - len(shared_phones)
    assert len({person.email for person in ALL}) == 3000 - len(shared_emails)
    assert len({person.line_user_id for person in ALL}) == 3000


def test_raw_phones_mean_the_same_number() -> None:
    for person in ALL:
        digits = "".join(
            str(int(letter)) for letter in person.phone_raw if letter.isdecimal()
        )
        assert digits in (person.phone, person.phone[1:], "81" + person.phone[1:])


def test_the_oddities_are_there() -> None:
    emails = [person.email for person in ALL]
    assert [
        e
        for e in emails
        if re.search(r"\.\..*@|\.@", e) and e.endswith(("docomo.ne.jp", "ezweb.ne.jp"))
    ]
    assert {
        form for person in ALL for form in "髙﨑邊邉𠮷" if form in person.family
    } == set("髙﨑邊邉𠮷")
    assert len({re.sub(r"\d", "0", person.phone_raw) for person in ALL}) >= 6
    hosts = {email.partition("@")[2] for email in emails}
    carriers = {
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "softbank.ne.jp",
        "au.com",
        "i.softbank.jp",
    }
    assert {host for host in hosts - carriers if "example" not in host} == set()
