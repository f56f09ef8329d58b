"""The addresses of permits."""

from __future__ import annotations

from django.urls import path

from hygie.access.permits import views

app_name = "permits"
urlpatterns = [
    path("", views.every, name="list"),
    path("<str:permit_id>/", views.one, name="permit"),
    path("<str:permit_id>/public.json", views.document, name="document"),
    path("<str:permit_id>/revoke/", views.revoke, name="revoke"),
]
