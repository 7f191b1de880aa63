"""How much a file of members or a list of values may hold."""

MOST_COLUMNS = 100
LONGEST_CELL = 10_000  # characters
