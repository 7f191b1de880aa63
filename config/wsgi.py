import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from tenants.checks import refuse_bypassing_role  # noqa: E402  (apps must be loaded first)
from tenants.field_keys import refuse_wrong_field_keys  # noqa: E402

refuse_bypassing_role()
refuse_wrong_field_keys()
