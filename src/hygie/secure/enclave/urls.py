"""The addresses of workspaces."""

from __future__ import annotations

from django.urls import path

from hygie.secure.enclave import views

app_name = "enclave"
urlpatterns = [
    path("", views.listed, name="list"),
    path("studies/<str:study_id>/", views.study, name="study"),
    path("studies/<str:study_id>/run/", views.start, name="start"),
    path("studies/<str:study_id>/keep/", views.keep, name="keep"),
    path("studies/<str:study_id>/formula/", views.formula, name="formula"),
    path("runs/<str:run_id>/", views.run, name="run"),
    path("<str:permit_id>/", views.one, name="workspace"),
    path("<str:permit_id>/upload/", views.upload, name="upload"),
    path("<str:permit_id>/begin/", views.begin, name="begin"),
    path("<str:permit_id>/dummy/", views.dummy, name="dummy"),
]
