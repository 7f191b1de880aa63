#!/usr/bin/env python
"""Django's command line. Migrations run as the owner of the tables, everything else as the serving role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "sqlmigrate", "squashmigrations"}
WITHOUT_DATABASE = {
    "makemigrations",
    "compilemessages",
    "collectstatic",
    "check",
    "help",
    "--version",
    "startapp",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if command in OWNER_COMMANDS:
        os.environ.setdefault("DATABASE_ROLE", "owner")
    from django.core.management import execute_from_command_line

    if command not in WITHOUT_DATABASE:
        from config.engines.hold import hold_engines

        hold_engines()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
