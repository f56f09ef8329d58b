"""The addresses of long work."""

from __future__ import annotations

from django.urls import path

from hygie.commons.web import task_views as views

app_name = "tasks"
urlpatterns = [
    path("", views.own, name="list"),
    path("<str:task_id>/", views.one, name="one"),
    path("<str:task_id>/stop/", views.stop, name="stop"),
    path("<str:task_id>/again/", views.again, name="again"),
]
