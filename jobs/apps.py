from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from console.extension import ConsoleExtension, extend_console
        from jobs.texts import count_my_jobs

        extend_console(ConsoleExtension("jobs", header={"my_jobs": count_my_jobs}))
