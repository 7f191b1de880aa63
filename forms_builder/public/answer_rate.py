"""One after the other: how many answers a second a shop's forms take in, and when somebody's turn comes.

A flood of answers would otherwise wait in the server's socket, where everybody's pages wait too. Each ticket takes one
place in the shop's line, once. Who is far back is told when to come again (429, Retry-After): the page does by itself,
and the place is kept. The line is a clock in Valkey; without Valkey nobody waits.
"""

import logging

from django.conf import settings
from redis.exceptions import RedisError

from forms_builder.models import Form
from outbound.valkey import connect_valkey

logger = logging.getLogger(__name__)
NEAR = 2.0  # seconds: so far ahead nobody is sent away
KEPT = 600  # seconds for which a place is kept after its time
# KEYS: the line, and the ticket's own place. ARGV in microseconds: what one answer takes, NEAR, KEPT. Returns the
# microseconds until the ticket's turn, 0 for now.
TAKE_PLACE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local place = tonumber(redis.call('GET', KEYS[2]))
if not place then
  place = math.max(tonumber(redis.call('GET', KEYS[1])) or 0, now)
  local free = string.format('%.0f', place + tonumber(ARGV[1]))
  redis.call('SET', KEYS[1], free, 'PX', math.floor((place - now) / 1000) + 60000)
  local left = math.floor((place - now + tonumber(ARGV[3])) / 1000)
  redis.call('SET', KEYS[2], string.format('%.0f', place), 'PX', left)
end
return math.max(place - now - tonumber(ARGV[2]), 0)
"""


def get_turn_wait(form: Form, digest: str) -> int:
    """Return the seconds until this ticket's answer is taken in; 0: now. ``digest``: of the ticket."""
    each = 1_000_000 / settings.ANSWERS_PER_SECOND
    keys = [f"forms:{form.tenant_id}:line", f"forms:{form.tenant_id}:place:{digest}"]
    try:
        wait = connect_valkey().eval(
            TAKE_PLACE, 2, *keys, int(each), int(NEAR * 1e6), int(KEPT * 1e6)
        )
    except (RedisError, OSError):
        logger.warning("Answers are not lined up: Valkey does not answer.")
        return 0
    return -(-int(wait) // 1_000_000)
