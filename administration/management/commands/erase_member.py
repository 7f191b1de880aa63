"""`manage.py erase_member SHOP MEMBER --sure MEMBER`: delete a member's personal data for good, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from administration.erasure.job import start_erasing_member
from jobs.models import Job
from jobs.runner import run_job
from members.models import Member
from tenants.models import Tenant
from tenants.scope import open_tenant_scope


class Command(BaseCommand):
    help = "Delete everything of a member but the ids in the audit log. There is no way back but a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "member", help="its id, as the address of its page shows it"
        )
        parser.add_argument("--sure", required=True, help="the id once more")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Tenant.objects.filter(slug=options["slug"]).first()
        if not shop or options["sure"] != options["member"]:
            raise CommandError("there is no such shop, or --sure names another member")
        with open_tenant_scope(shop):
            member = Member.objects.filter(public_id=options["member"]).first()
            if not member:
                raise CommandError("there is no such member")
            job = start_erasing_member(member, None)
            while run_job(job.pk):
                pass
            job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(job.note)
        self.stdout.write(f"deleted in {job.done} steps")
