"""The addresses of the ledger's pages."""

from __future__ import annotations

from django.urls import path

from hygie.public.register import ledger_views as views

app_name = "ledger"
urlpatterns = [
    path("", views.ledger, name="list"),
    path("verify/", views.verify, name="verify"),
    path("processing/", views.processing, name="processing"),
    path("seen/", views.seen, name="seen"),
    path("checkpoint/", views.checkpoint, name="checkpoint"),
    path("key/", views.key, name="key"),
    path("verifier.py", views.verifier, name="verifier"),
    path("<int:index>/", views.event, name="event"),
    path("<int:index>/proof.json", views.proof, name="proof"),
]
