"""The addresses of extracts."""

from __future__ import annotations

from django.urls import path

from hygie.access.extracts import views

app_name = "extracts"
urlpatterns = [path("<str:permit_id>/prepare/", views.prepare, name="prepare")]
