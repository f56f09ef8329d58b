"""The addresses of the public register."""

from __future__ import annotations

from django.urls import path

from hygie.public.register import feed, views

app_name = "register"
urlpatterns = [
    path("", views.register, name="list"),
    path("register.json", views.document, name="document"),
    path("feed.xml", feed.feed, name="feed"),
    path("feed.atom", feed.feed_atom, name="feed_atom"),
    path("feed.json", feed.feed_json, name="feed_json"),
    path("applications/", views.applications, name="applications"),
    path("applications/<str:application_id>/", views.application, name="application"),
    path("permits/", views.permitted, name="permits"),
    path("runs/", views.runs, name="runs"),
    path("releases/", views.releases, name="releases"),
    path("results/", views.results, name="results"),
    path("enforcement/", views.enforcement, name="enforcement"),
    path("figures/", views.figures, name="figures"),
]
