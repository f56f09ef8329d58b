"""The addresses of applications."""

from __future__ import annotations

from django.urls import path

from hygie.access.applications import panels, scheduled
from hygie.access.applications.desk import publishing_views
from hygie.access.applications.desk import views as desk_views
from hygie.access.applications.enforcement import views as enforcing_views
from hygie.access.applications.form import methodology_views
from hygie.access.applications.form.urls import urlpatterns as form_urls
from hygie.access.applications.holders import views as advising_views

__all__ = ["app_name", "panels", "scheduled", "urlpatterns"]

app_name = "applications"
urlpatterns = [
    path("methodologies/", methodology_views.methodologies, name="methodologies"),
    path("queue/", desk_views.queue, name="queue"),
    path("deadlines/", desk_views.deadlines, name="deadlines"),
    path("exclusions/", publishing_views.exclusions, name="exclusions"),
    path("exclusions/<str:exclusion_id>/lift/", desk_views.lift, name="lift"),
    path("deliveries/", desk_views.deliveries, name="deliveries"),
    path("deliveries/<str:task_id>/proposal/", advising_views.proposal, name="proposal"),
    path("enforcement/", enforcing_views.procedures, name="procedures"),
    path("enforcement/<str:procedure_id>/", enforcing_views.procedure, name="procedure"),
    path("enforcement/<str:procedure_id>/<str:name>/", enforcing_views.step, name="procedure-step"),
    path("outgoing/", enforcing_views.outgoing_queue, name="outgoing"),
    path("outgoing/<str:message_id>.json", enforcing_views.message, name="message"),
    path("outgoing/<str:message_id>/sent/", enforcing_views.sent, name="sent"),
    path("costs/", advising_views.costs, name="costs"),
    path("<str:application_id>/costs/", advising_views.state_costs, name="state-costs"),
    path("deliveries/<str:task_id>/<str:name>/", desk_views.deliver, name="deliver"),
    path("<str:application_id>/case/", desk_views.case, name="case"),
    path("<str:application_id>/case/assess/", desk_views.assess, name="assess"),
    path("<str:application_id>/case/post/", desk_views.post, name="case-post"),
    path("<str:application_id>/case/decide/", desk_views.decide, name="decide"),
    path("<str:application_id>/case/publish/", publishing_views.publish, name="publish"),
    path("<str:application_id>/case/<str:name>/", desk_views.act, name="act"),
    *form_urls,
]
