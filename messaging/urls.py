from django.urls import path

from messaging.screens.accounts import (
    views,
    views_footer,
    views_mail,
    views_routes,
)
from messaging.screens.booked import views as booked
from messaging.screens.booked import views_one
from messaging.screens.broadcasts import views as broadcasts
from messaging.screens.broadcasts import views_results as broadcast_results
from messaging.screens.broadcasts import views_switch as broadcast_switch
from messaging.screens.calendar import views as calendar
from messaging.screens.calendar.calculator import show_calculator
from messaging.screens.content import views as contents
from messaging.screens.content import views_templates as templates
from messaging.screens.deliveries import views as deliveries
from messaging.screens.domains import views as domains
from messaging.screens.forecast import views as forecast
from messaging.screens.results import views as results
from messaging.screens.results import views_days
from messaging.screens.runs import views as runs
from messaging.screens.scenarios import views as scenarios
from messaging.screens.scenarios import (
    views_advice,
    views_people,
    views_ready,
    views_steps,
    views_switch,
    views_triggers,
)
from messaging.screens.stop_all import views as stop_all
from messaging.screens.suppressions import views as suppressions
from messaging.screens.talk import views as heard
from messaging.screens.talk import views_keywords as keywords
from messaging.screens.testers import views as testers

app_name = "messaging"
urlpatterns = [
    path("", scenarios.scenario_list, name="scenarios"),
    path("steps/new/", scenarios.new, name="new_scenario"),
    path("steps/ready/<slug:key>/", views_ready.make, name="make_ready_scenario"),
    path("steps/advice/", views_advice.advise, name="advise_step"),
    path("steps/<str:public_id>/", scenarios.scenario, name="scenario"),
    path("steps/<str:public_id>/edit/", scenarios.edit, name="edit_scenario"),
    path("steps/<str:public_id>/switch/", views_switch.switch, name="switch_scenario"),
    path("steps/<str:public_id>/mend/", scenarios.mend, name="mend_scenario"),
    path("steps/<str:public_id>/preview/", scenarios.dry_run, name="preview_scenario"),
    path("steps/<str:public_id>/people/", views_people.people, name="people"),
    path("steps/<str:public_id>/fitting/", views_people.fitting, name="fitting"),
    path("why/<str:public_id>/", views_people.why, name="why"),
    path("steps/<str:public_id>/copy/", views_triggers.copy, name="copy_scenario"),
    path(
        "steps/<str:public_id>/delete/", views_triggers.delete, name="delete_scenario"
    ),
    path(
        "steps/<str:public_id>/triggers/<int:pk>/remove/",
        views_triggers.remove,
        name="remove_trigger",
    ),
    path(
        "steps/<str:public_id>/triggers/<str:role>/new/",
        views_triggers.new,
        name="new_trigger",
    ),
    path("steps/<str:public_id>/messages/new/", views_steps.new, name="new_step"),
    path("steps/messages/<str:public_id>/edit/", views_steps.edit, name="edit_step"),
    path(
        "steps/messages/<str:public_id>/delete/", views_steps.delete, name="delete_step"
    ),
    path("broadcasts/", broadcasts.broadcast_list, name="broadcasts"),
    path("broadcasts/new/", broadcasts.new, name="new_broadcast"),
    path("broadcasts/to/", broadcasts.broadcast_to, name="broadcast_to"),
    path("broadcasts/<str:public_id>/quota/", broadcast_results.quota, name="quota"),
    path("broadcasts/<str:public_id>/", broadcast_results.broadcast, name="broadcast"),
    path("broadcasts/<str:public_id>/edit/", broadcasts.edit, name="edit_broadcast"),
    path(
        "broadcasts/<str:public_id>/start/",
        broadcast_switch.start,
        name="start_broadcast",
    ),
    path(
        "broadcasts/<str:public_id>/stop/", broadcast_switch.stop, name="stop_broadcast"
    ),
    path(
        "broadcasts/<str:public_id>/delete/",
        broadcast_switch.delete,
        name="delete_broadcast",
    ),
    path("talk/<str:public_id>/reply/", heard.reply, name="reply"),
    path("keywords/", keywords.keyword_list, name="keywords"),
    path("keywords/new/", keywords.new_keyword, name="new_keyword"),
    path("keywords/<str:public_id>/", keywords.keyword, name="keyword"),
    path(
        "keywords/<str:public_id>/switch/",
        keywords.switch_keyword,
        name="switch_keyword",
    ),
    path(
        "keywords/<str:public_id>/delete/",
        keywords.delete_keyword,
        name="delete_keyword",
    ),
    path("steps/messages/<str:public_id>/results/", results.step, name="step_results"),
    path(
        "steps/messages/<str:public_id>/line/",
        results.step_at_line,
        name="step_at_line",
    ),
    path(
        "broadcasts/<str:public_id>/line/",
        results.broadcast_at_line,
        name="broadcast_at_line",
    ),
    path("testers/", testers.testers, name="testers"),
    path("testers/add/<str:public_id>/", testers.add_member, name="add_tester"),
    path("testers/<str:public_id>/remove/", testers.remove, name="remove_tester"),
    path("steps/<str:public_id>/test/", testers.test_scenario, name="test_scenario"),
    path(
        "broadcasts/<str:public_id>/test/",
        testers.test_broadcast,
        name="test_broadcast",
    ),
    path("stop/", stop_all.stop_sends, name="stop_sends"),
    path("stop/lift/", stop_all.lift_stop, name="lift_stop"),
    path("steps/messages/<str:public_id>/apply/", views_steps.apply, name="apply_step"),
    path("log/days/", views_days.days, name="days"),
    path("log/runs/", runs.runs, name="runs"),
    path("booked/", booked.booked, name="booked"),
    path("booked/forecast/", forecast.forecast, name="forecast"),
    path("booked/cancel/", booked.cancel_many, name="cancel_many"),
    path("booked/move/", booked.move_many, name="move_many"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/new/", templates.new_template, name="new_template"),
    path("templates/<str:public_id>/", templates.template, name="template"),
    path(
        "templates/<str:public_id>/delete/",
        templates.delete_template,
        name="delete_template",
    ),
    path(
        "broadcasts/<str:public_id>/template/",
        broadcast_switch.save_template,
        name="save_broadcast_template",
    ),
    path("contents/preview/", contents.preview, name="preview_content"),
    path("contents/preview/html/", contents.preview_html, name="preview_html"),
    path("log/", deliveries.log, name="deliveries"),
    path("log/<uuid:public_id>/", deliveries.delivery, name="delivery"),
    path("log/<uuid:public_id>/cancel/", views_one.cancel, name="cancel_delivery"),
    path("log/<uuid:public_id>/edit/", views_one.edit, name="edit_delivery"),
    path("log/<uuid:public_id>/move/", views_one.move, name="move_delivery"),
    path("log/<uuid:public_id>/sent/", deliveries.mark_sent, name="mark_sent"),
    path("log/<uuid:public_id>/again/", deliveries.send_again, name="send_again"),
    path("accounts/", views.account_list, name="accounts"),
    path("accounts/new/", views.new, name="new_account"),
    path("accounts/connection/", views.connection, name="connection"),
    path("accounts/<str:public_id>/", views.account, name="account"),
    path("accounts/<str:public_id>/test/", views.test, name="test_account"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/rules/", calendar.rules, name="calendar_rules"),
    path("calendar/day/", calendar.day, name="calendar_day"),
    path("calendar/clear/", calendar.clear, name="calendar_clear"),
    path("calendar/calculator/", show_calculator, name="calculator"),
    path("mail/", views_mail.mail_accounts, name="mail_accounts"),
    path("mail/footer/", views_footer.mail_footer, name="mail_footer"),
    path("mail/routes/", views_routes.mail_routes, name="mail_routes"),
    path("mail/routes/try/", views_routes.try_mail_route, name="try_mail_route"),
    path(
        "mail/routes/default/",
        views_routes.choose_default_account,
        name="choose_default_account",
    ),
    path(
        "mail/routes/<str:public_id>/move/",
        views_routes.move_mail_route,
        name="move_mail_route",
    ),
    path(
        "mail/routes/<str:public_id>/delete/",
        views_routes.delete_mail_route,
        name="delete_mail_route",
    ),
    path("mail/domains/", domains.mail_domains, name="mail_domains"),
    path("mail/domains/check/", domains.check_domain, name="check_domain"),
    path("mail/domains/key/", domains.make_domain_key, name="make_domain_key"),
    path("mail/domains/key/drop/", domains.drop_domain_key, name="drop_domain_key"),
    path("mail/new/", views_mail.new_mail_account, name="new_mail_account"),
    path("mail/<str:public_id>/", views_mail.mail_account, name="mail_account"),
    path(
        "mail/<str:public_id>/test/",
        views_mail.test_mail_account,
        name="test_mail_account",
    ),
    path("suppressions/", suppressions.suppressions, name="suppressions"),
    path("suppressions/new/", suppressions.new_suppression, name="new_suppression"),
    path(
        "suppressions/<str:public_id>/lift/",
        suppressions.lift,
        name="lift_suppression",
    ),
    path("senders/<str:public_id>/resume/", views.resume, name="resume_sender"),
]
