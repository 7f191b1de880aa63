from django.apps import AppConfig


class AdministrationConfig(AppConfig):
    name = "administration"

    def ready(self) -> None:
        from administration.extensions import CONSOLE, JOBS, OPERATORS
        from administration.plans.watch import begin_watching
        from administration.platform.count import begin_daily_count
        from console.extension import extend_console
        from jobs.extension import extend_jobs
        from operators.extension import extend_operators
        from tenants.signals import shop_opened

        extend_console(CONSOLE)
        extend_jobs(JOBS)
        extend_operators(OPERATORS)
        shop_opened.connect(begin_watching, dispatch_uid="administration.watch_plan")
        shop_opened.connect(begin_daily_count, dispatch_uid="administration.count")
