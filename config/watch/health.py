"""Whether the process lives, and whether it can serve: asked by load balancers and container health checks."""

import logging

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from outbound.valkey import is_valkey_there

logger = logging.getLogger(__name__)


@require_safe
def show_liveness(request: HttpRequest) -> HttpResponse:
    """Answer while the process can answer at all; asks no engine, for a restart would not mend one."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def show_readiness(request: HttpRequest) -> HttpResponse:
    """Answer 200 where the database is reached and laid out, and Valkey answers; else 503. Says which, not why."""
    states = {"database": is_database_ready(), "valkey": is_valkey_there()}
    return JsonResponse(
        {name: "ok" if ready else "away" for name, ready in states.items()},
        status=200 if all(states.values()) else 503,
    )


def is_database_ready() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM tenants_tenant LIMIT 1")
    except DatabaseError as error:
        logger.warning("Not ready, database: %s", type(error).__name__)
        return False
    return True
