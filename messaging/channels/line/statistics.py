"""LINE's own figures of a message, by the unit that its calls were named after.

Source: developers.line.biz/en/docs/messaging-api/unit-based-statistics-aggregation/: one unit a call, up to 30 letters,
digits and underscores, 1,000 names a month; figures are null under 20 people and change for 14 days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from messaging.channels.line.client import LONGEST_CALL, open_line_service
from messaging.models import Broadcast, LineAccount, Step

FEWEST_PEOPLE = 20
# LINE counts on for so long, and gives figures of up to LONGEST_PERIOD at once.
STILL_COUNTED, LONGEST_PERIOD = timedelta(days=14), timedelta(days=30)


@dataclass(frozen=True)
class LineLink:
    """A link as LINE counts it; None where LINE gives no number."""

    url: str
    taps: int | None
    people: int | None


@dataclass(frozen=True)
class LineStatistics:
    """``opened``, ``tapped``: people; None under FEWEST_PEOPLE."""

    opened: int | None
    tapped: int | None
    links: list[LineLink]


def build_unit_name(subject: Broadcast | Step) -> str:
    """Return the unit of a message: a letter for its kind and its public id, which is letters and digits alone."""
    kind = "b" if isinstance(subject, Broadcast) else "s"
    return f"{kind}_{subject.public_id}"


def fetch_statistics(
    account: LineAccount, unit: str, first: date, last: date
) -> LineStatistics:
    """Return LINE's figures from ``first`` to ``last`` (days in Japan). Raise LineRefused or TryLater."""
    from linebot.v3.insight import Insight

    with open_line_service(account, Insight) as insight:
        found = insight.get_statistics_per_unit(
            unit, f"{first:%Y%m%d}", f"{last:%Y%m%d}", _request_timeout=LONGEST_CALL
        )
    links = [LineLink(each.url, each.click, each.unique_click) for each in found.clicks]
    overview = found.overview
    return LineStatistics(overview.unique_impression, overview.unique_click, links)
