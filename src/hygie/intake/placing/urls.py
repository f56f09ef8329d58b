"""The addresses on where the data are."""

from __future__ import annotations

from django.urls import path

from hygie.intake.placing import operating, panels, scheduled, views, work

__all__ = ["app_name", "panels", "scheduled", "urlpatterns", "work"]

app_name = "placing"
urlpatterns = [
    path("", views.where, name="where"),
    path("changes/", views.changes, name="changes"),
    path("declare/", operating.declare, name="declare"),
    path("derogate/", operating.derogate, name="derogate"),
    path("probe/", operating.probe, name="probe"),
    path("what-if/", views.what_if, name="what-if"),
    path("hosts/", views.hosts, name="hosts"),
    path("statements/<str:dataset_id>/", views.statement, name="statement"),
    path("statements/<str:dataset_id>/signed.json", views.signed, name="signed"),
    path("statements/<str:dataset_id>/credential.json", views.credential, name="credential"),
]
