from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from console.extension import extend_console
        from jobs.extensions import CONSOLE, OPERATORS
        from operators.extension import extend_operators

        extend_console(CONSOLE)
        extend_operators(OPERATORS)
