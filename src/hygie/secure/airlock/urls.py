"""The addresses of the airlock."""

from __future__ import annotations

from django.urls import path

from hygie.secure.airlock import views

app_name = "airlock"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("ask/<str:run_id>/", views.ask, name="ask"),
    path("<str:request_id>/", views.one, name="request"),
    path("<str:request_id>/open/", views.opened, name="open"),
    path("<str:request_id>/vote/", views.vote, name="vote"),
    path("<str:request_id>/preview/", views.preview, name="preview"),
    path("<str:request_id>/fix/", views.fix, name="fix"),
    path("<str:request_id>/release/", views.release, name="release"),
    path("<str:request_id>/take/", views.take, name="take"),
    path("<str:request_id>/pictures/<int:number>/", views.picture, name="picture"),
]
