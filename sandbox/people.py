"""Plausible persons made from a seed: the demo cart's customers and the demo shop's members are the same people.

Person number i depends on (seed, i) alone, so a shop's members and a cart's customers overlap by index.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sandbox import names

MOBILE_PREFIXES = ("090", "080", "070")


@dataclass(frozen=True)
class Person:
    """`phone` is the plain national number (09012345678); `phone_raw` and `email_raw` are as somebody typed them."""

    index: int
    family: str
    given: str
    family_kana: str
    given_kana: str
    gender: str  # "female" | "male"
    email: str
    email_raw: str
    phone: str
    phone_raw: str
    birthday: date
    zip: str
    prefecture: str
    city: str
    street: str
    line_user_id: str
    line_name: str

    @property
    def name(self) -> str:
        return f"{self.family} {self.given}"

    @property
    def kana(self) -> str:
        return f"{self.family_kana} {self.given_kana}"

    @property
    def phone_e164(self) -> str:
        return "+81" + self.phone[1:]


def make_people(seed: int, n: int, start: int = 0) -> Iterator[Person]:
    """Yield persons number start … start+n-1.

    Every 97th has the phone of the one before, every 211th the email.
    """
    for index in range(start, start + n):
        yield make_person(seed, index)


def make_person(seed: int, index: int) -> Person:
    dice = random.Random(f"{seed}:{index}")  # noqa: S311 - made-up people
    family, family_kana = dice.choice(
        names.VARIANT_FAMILY if dice.random() < 0.08 else names.FAMILY
    )
    gender = "female" if dice.random() < 0.72 else "male"
    given, given_kana = dice.choice(names.WOMEN if gender == "female" else names.MEN)
    phone, email = (
        make_phone(seed, index),
        make_email(seed, index, dice, family_kana, given_kana),
    )
    prefecture, city, zip_head = dice.choice(names.PLACES)
    return Person(
        index=index,
        family=family,
        given=given,
        family_kana=family_kana,
        given_kana=given_kana,
        gender=gender,
        email=email,
        email_raw=simulate_typed_email(dice, email),
        phone=phone,
        phone_raw=simulate_typed_phone(dice, phone),
        birthday=date(
            dice.choice(range(1948, 2006)), dice.randint(1, 12), dice.randint(1, 28)
        ),
        zip=f"{zip_head}-{dice.randint(0, 99):04d}",
        prefecture=prefecture,
        city=city,
        street=f"{dice.choice(names.QUARTERS)}{dice.randint(1, 6)}-{dice.randint(1, 30)}-{dice.randint(1, 20)}",
        line_user_id="U"
        + hashlib.md5(
            f"line:{seed}:{index}".encode(), usedforsecurity=False
        ).hexdigest(),
        line_name=dice.choice(
            [
                given,
                f"{family}{given}",
                given_kana,
                f"{given}{dice.choice(names.MARKS)}",
            ]
        ),
    )


def make_phone(seed: int, index: int) -> str:
    """Make a mobile number; it is different for each index below 13 million, but for the shared ones."""
    if index and index % 97 == 0:
        return make_phone(seed, index - 1)
    # Multiplying by a number without a common factor spreads neighbours and never lands twice on one value.
    number = (index * 7_368_787 + seed * 1_299_709) % 90_000_000
    lead, rest = divmod(number, 10_000_000)
    return f"{MOBILE_PREFIXES[index % 3]}{lead + 1}{rest:07d}"


def make_email(
    seed: int, index: int, dice: random.Random, family_kana: str, given_kana: str
) -> str:
    """Make an address that is unique by its number, but for the shared ones.

    One in eight is a carrier address, half of those with odd dots.
    """
    if index and index % 211 == 0:
        return make_person(seed, index - 1).email
    family, given = convert_kana(family_kana), convert_kana(given_kana)
    number = f"{seed}{index:05d}"
    if dice.random() >= 0.125:
        local = dice.choice(
            [
                f"{family}.{given}.{number}",
                f"{given}{number}",
                f"{family}_{given}{number}",
            ]
        )
        return f"{local}@{dice.choice(names.EXAMPLE_HOSTS)}"
    local = dice.choice(
        [
            f"{given}..demo-{number}",
            f"demo{number}.{given}.",
            f"demo-{given}{number}",
            f"demo_{number}",
        ]
    )
    return f"{local}@{dice.choice(names.CARRIER_HOSTS)}"


def convert_kana(kana: str) -> str:
    """Convert kana to letters, well enough for a mail address: small letters and long marks are dropped."""
    return "".join(names.ROMAJI.get(letter, "") for letter in kana)


def simulate_typed_email(dice: random.Random, email: str) -> str:
    chance = dice.random()
    if chance < 0.03:
        return email.capitalize()
    if chance < 0.05:
        return email + " "
    if chance < 0.06:
        return email.translate({ord("@"): "＠"})
    return email


def simulate_typed_phone(dice: random.Random, phone: str) -> str:
    """Write a number as real carts hold it: with or without hyphens, full width, +81, or a lost leading zero."""
    parts = (phone[:3], phone[3:7], phone[7:])
    forms = [
        ("-".join(parts), 55),
        (phone, 28),
        (
            "-".join(parts).translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-"}),
            5,
        ),
        (" ".join(parts), 4),
        (f"+81 {parts[0][1:]}-{parts[1]}-{parts[2]}", 4),
        (phone[1:], 3),
        (f"{parts[0]}({parts[1]}){parts[2]}", 1),
    ]
    return dice.choices(
        [form for form, _ in forms], weights=[weight for _, weight in forms]
    )[0]
