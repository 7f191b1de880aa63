from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction

from config.engines.embedded import OWNER
from tests.conftest import become


@pytest.fixture
def owner(transactional_db: None) -> Iterator[None]:
    """The tables' owner, in a transaction that is taken back."""
    become(OWNER)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        become(settings.APP_ROLE)
