"""How background work runs: PostgreSQL holds every promise, the broker only wakes somebody up."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def build_celery_settings(
    redis_url: str, var: Path, tick_seconds: int
) -> dict[str, Any]:
    """Return Celery's settings. Nothing in them stores results or waits."""
    return {
        "broker_url": f"redis+socket://{urlsplit(redis_url).path}"
        if redis_url.startswith("unix:")
        else redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "visibility_timeout": 600,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": 190,
        "task_soft_time_limit": 170,
        # An export is one step, however many members there are.
        "task_annotations": {
            "jobs.run": {"time_limit": 590, "soft_time_limit": 570},
            # A turn ends after two minutes; the request that it has begun may take two more.
            "rpa.browse": {"time_limit": 320, "soft_time_limit": 300},
        },
        "worker_prefetch_multiplier": 1,
        "worker_hijack_root_logger": False,
        "task_routes": {
            "messaging.dispatch": {"queue": "dispatch"},
            "jobs.run": {"queue": "jobs"},
            "rpa.browse": {"queue": "browser"},
        },
        "timezone": "UTC",
        "beat_schedule": {
            "tick": {
                "task": "tenants.tick",
                "schedule": tick_seconds,
                "options": {"expires": 30},
            }
        },
        "beat_schedule_filename": str(var / "beat"),
        "beat_sync_every": 1,  # written after each tick: config/alive.py looks at its age
    }
