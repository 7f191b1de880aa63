"""The columns of a member: a closed list. What else a shop wants to know is an attribute.

Their order is that of conditions, of the columns of a file, and of the lines in a history.
"""

from members.attributes.fields_person import PERSON
from members.attributes.fields_state import STATE

FIELDS = {each.key: each for each in (*PERSON, *STATE)}
# Who a member is comes by answers: of each the newest counts, and members are found by them.
ANSWERS = tuple(key for key, each in FIELDS.items() if each.matched)
