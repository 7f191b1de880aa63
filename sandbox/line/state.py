"""The state of the LINE simulator. All channels belong to one provider: a person has the same user id in each."""

import hashlib
import itertools
import secrets
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any, NamedTuple

from sandbox.line.faults import Faults
from sandbox.line.tokens import Signer

KEY_LIFE = 24 * 3600
TALK_LENGTH = 200
LOGIN_SETTINGS = ("login_channel_id", "liff_id", "liff_endpoint")
SETTINGS = (
    "channel_id",
    "channel_secret",
    "access_token",
    "webhook_url",
    "name",
    "basic_id",
    *LOGIN_SETTINGS,
)


class AcceptedSend(NamedTuple):
    """An accepted send, found again by its retry key."""

    at: float
    request_id: str
    first_id: int
    messages: int
    recipients: int
    digest: str


@dataclass
class Channel:
    channel_id: str
    channel_secret: str = ""
    access_token: str = ""
    login_channel_id: str = ""
    liff_id: str = ""
    webhook_url: str = ""
    liff_endpoint: str = ""
    name: str = "公式アカウント"
    basic_id: str = "@sandbox"
    quota: int | None = None
    used: int = 0
    friends: dict[str, str] = field(
        default_factory=dict
    )  # user id -> "friend" | "blocked"
    talks: dict[str, list[dict[str, Any]]] = field(
        default_factory=dict
    )  # user id -> bubbles, oldest first
    keys: dict[str, AcceptedSend] = field(default_factory=dict)
    accepted: Counter[str] = field(
        default_factory=Counter
    )  # user id -> sends answered or recorded
    seen: Counter[str] = field(
        default_factory=Counter
    )  # "user id:content digest" -> times
    delivered: int = 0
    replays: int = 0
    mismatched_keys: int = 0
    per_second: Counter[int] = field(default_factory=Counter)
    # unit -> the friends whom its sends reached, for LINE's own figures
    units: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def bot_user_id(self) -> str:
        return (
            "U"
            + hashlib.md5(self.channel_id.encode(), usedforsecurity=False).hexdigest()
        )

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Channel":
        channel = cls(
            **{
                name: data[name]
                for name in [*SETTINGS, "quota", "used", "friends", "talks"]
            }
        )
        channel.keys = {
            key: AcceptedSend(*value) for key, value in data["keys"].items()
        }
        channel.accepted, channel.seen = (
            Counter(data["accepted"]),
            Counter(data["seen"]),
        )
        channel.delivered, channel.replays = data["delivered"], data["replays"]
        channel.mismatched_keys = data["mismatched_keys"]
        channel.units = data.get("units", {})
        return channel

    def dump(self, with_counts: bool = True) -> dict[str, Any]:
        """Return the channel as JSON data; `with_counts` false leaves out the counters of a load test."""
        oldest = time.time() - KEY_LIFE
        self.keys = {
            key: value for key, value in self.keys.items() if value.at > oldest
        }
        known = {
            f.name: getattr(self, f.name)
            for f in fields(self)
            if f.name != "per_second"
        }
        return (
            known if with_counts else {**known, "keys": {}, "accepted": {}, "seen": {}}
        )

    def count_unit(self, unit: str, reached: Iterable[str]) -> None:
        """Count the friends whom a send of this unit reached, each once."""
        self.units.setdefault(unit, {}).update(dict.fromkeys(reached, 1))

    def say(self, user_id: str, bubble: dict[str, Any]) -> None:
        talk = self.talks.setdefault(user_id, [])
        talk.append({"at": time.time(), **bubble})
        if len(talk) > TALK_LENGTH:
            del talk[: len(talk) - TALK_LENGTH]

    def forget_counts(self) -> None:
        for counts in (self.accepted, self.seen, self.keys, self.per_second):
            counts.clear()
        self.used = self.delivered = self.replays = self.mismatched_keys = 0


class LineState:
    def __init__(self, changed: Callable[[], None], record: str = "full") -> None:
        self.changed = changed
        self.record = record  # "full" | "counts": counts keeps no bubbles and writes no file while sending
        self.base_url = ""
        self.channels: dict[str, Channel] = {}
        self.people: dict[str, str] = {}  # user id -> display name
        self.deliveries: deque[dict[str, Any]] = deque(
            maxlen=200
        )  # webhook deliveries, newest last
        self.reply_tokens: dict[str, dict[str, Any]] = {}
        self.faults = Faults()
        self.statuses: Counter[int] = Counter()
        self.signer = Signer.new()
        self.stateless: dict[
            str, tuple[str, float]
        ] = {}  # short token -> (channel id, end)
        self.by_token: dict[str, Channel] = {}
        self._request_prefix = str(uuid.uuid4())[:23]
        self._numbers = itertools.count(1)
        self._first_message = time.time_ns() // 1000

    def reset(self) -> None:
        """Forget people, channels, events and faults; the signing key stays."""
        for held in (
            self.channels,
            self.people,
            self.reply_tokens,
            self.stateless,
            self.by_token,
            self.statuses,
        ):
            held.clear()
        self.deliveries.clear()
        self.faults, self.record = Faults(), "full"
        self.changed()

    def load(self, data: dict[str, Any]) -> None:
        self.people = data.get("people", {})
        self.channels = {
            key: Channel.load(value) for key, value in data.get("channels", {}).items()
        }
        self.deliveries.extend(data.get("deliveries", []))
        self.reply_tokens = data.get("reply_tokens", {})
        self.faults = Faults(**data.get("faults", {}))
        if "key" in data:
            self.signer = Signer.load(data["key"])
        self._index_tokens()

    def dump(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "channels": {
                key: c.dump(with_counts=self.record == "full")
                for key, c in self.channels.items()
            },
            "deliveries": list(self.deliveries),
            "reply_tokens": self.reply_tokens,
            "faults": asdict(self.faults),
            "key": self.signer.dump(),
        }

    def register(self, settings: dict[str, Any]) -> Channel:
        """Make or change a channel; what is not named stays as it was. KeyError without a channel_id."""
        channel_id = str(settings["channel_id"])
        channel = self.channels.setdefault(channel_id, Channel(channel_id))
        for name in SETTINGS[1:]:
            if name in settings:
                setattr(channel, name, str(settings[name] or ""))
        if "quota" in settings:
            channel.quota = settings["quota"]
        self._index_tokens()
        self.changed()
        return channel

    def _index_tokens(self) -> None:
        self.by_token = {
            c.access_token: c for c in self.channels.values() if c.access_token
        }

    def channel_of(self, token: str) -> Channel | None:
        """Return the channel of a bearer token: the pasted long-lived one, or a stateless one of 15 minutes."""
        channel = self.by_token.get(token)
        if channel is None and token in self.stateless:
            channel_id, end = self.stateless[token]
            channel = self.channels.get(channel_id) if time.time() < end else None
        return channel

    def by_login(self, login_channel_id: str) -> Channel | None:
        return next(
            (
                c
                for c in self.channels.values()
                if c.login_channel_id == login_channel_id
            ),
            None,
        )

    def by_liff(self, liff_id: str) -> Channel | None:
        return next((c for c in self.channels.values() if c.liff_id == liff_id), None)

    def add_person(self, name: str, user_id: str = "") -> str:
        user_id = user_id or "U" + secrets.token_hex(16)
        self.people[user_id] = name
        self.changed()
        return user_id

    def add_friends(self, channel: Channel, friends: Iterable[dict[str, str]]) -> int:
        """Add known people as friends without an event, and return how many friends there are now."""
        for friend in friends:
            self.people[friend["user_id"]] = friend["name"]
            channel.friends.setdefault(friend["user_id"], "friend")
        self.changed()
        return len(channel.friends)

    def request_id(self) -> str:
        return f"{self._request_prefix}-{next(self._numbers):012x}"

    def message_ids(self, count: int) -> int:
        """Reserve `count` message ids in a row and return the first."""
        first = self._first_message
        self._first_message += count
        return first
