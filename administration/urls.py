"""The pages about the shop itself."""

from django.urls import path

from administration import audit, groups, operators, security
from administration.erasure import views as erasure
from administration.help import views as help_pages
from administration.operations import views as operations
from administration.plans import views as plans
from administration.shops import deletion_views as deletion
from administration.shops import views as shops
from administration.today import views as today

app_name = "administration"
urlpatterns = [
    path("today/", today.today, name="today"),
    path("help/", help_pages.list_guides, name="help"),
    path("help/<slug:guide>/", help_pages.show_guide, name="help_page"),
    path("settings/checklist/", today.show_checklist, name="checklist"),
    path("settings/checklist/test/", today.test_item, name="checklist_test"),
    path("settings/plan/", plans.show_plan, name="plan"),
    path("settings/delete/", deletion.delete_shop, name="delete_shop"),
    path("settings/delete/keep/", deletion.cancel_deletion, name="keep_shop"),
    path(
        "settings/erasure/<str:public_id>/", erasure.erase_member, name="erase_member"
    ),
    path("settings/plan/apply/", shops.apply, name="apply"),
    path("settings/operators/", operators.list_operators, name="operators"),
    path("settings/operators/new/", operators.add_operator, name="operator_new"),
    path(
        "settings/operators/invitations/<str:public_id>/cancel/",
        operators.cancel_operator_invitation,
        name="invitation_cancel",
    ),
    path("settings/operators/<int:pk>/", operators.edit_operator, name="operator"),
    path(
        "settings/operators/<int:pk>/login/",
        operators.edit_operator_login,
        name="operator_login",
    ),
    path(
        "settings/operators/<int:pk>/switch/",
        operators.switch_operator,
        name="operator_switch",
    ),
    path(
        "settings/operators/<int:pk>/reset/",
        operators.reset_operator_password,
        name="operator_reset",
    ),
    path(
        "settings/operators/<int:pk>/remove/",
        operators.remove_operator,
        name="operator_remove",
    ),
    path(
        "settings/operators/<int:pk>/factors/",
        operators.remove_operator_factors,
        name="operator_factors",
    ),
    path("settings/operations/", operations.show_operations, name="operations"),
    path("settings/security/", security.edit_security, name="security"),
    path("settings/audit/", audit.list_audit_entries, name="audit"),
    path("settings/audit/export/", audit.export_audit_entries, name="audit_export"),
    path("settings/groups/", groups.list_groups, name="groups"),
    path("settings/groups/new/", groups.add_group, name="group_new"),
    path("settings/groups/<str:public_id>/", groups.edit_group, name="group"),
    path(
        "settings/groups/<str:public_id>/delete/",
        groups.delete_group,
        name="group_delete",
    ),
]
