"""The addresses of extracts."""

from __future__ import annotations

from django.urls import path

from hygie.access.extracts import scheduled, views

__all__ = ["app_name", "scheduled", "urlpatterns"]

app_name = "extracts"
urlpatterns = [
    path("<str:permit_id>/prepare/", views.prepare, name="prepare"),
    path("<str:permit_id>/delete/", views.delete, name="delete"),
]
