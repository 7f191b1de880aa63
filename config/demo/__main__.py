"""`python -m config.demo`: the demo shop of `make run`."""

import django

django.setup()

from config.demo.refresh import refresh_shop  # noqa: E402

refresh_shop()
