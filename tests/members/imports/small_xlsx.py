"""The reader of workbooks with little room, for the test that fills it."""

import sys

from members.normalize.files import xlsx

if __name__ == "__main__":
    xlsx.WRITTEN = 100_000
    sys.exit(xlsx.main())
