"""The addresses of the site: the home page, then each room under its own name, and the API."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from hygie.node.site import panels, programs, views
from hygie.node.site.api import api

__all__ = ["panels", "urlpatterns"]

urlpatterns = [
    path("", views.home, name="home"),
    path("language/", set_language, name="set_language"),
    path("api/v1/", api.urls),
    path("api/", programs.overview, name="programs"),
    path("api/<slug:wanted>/", programs.room, name="programs-room"),
    path("people/", include("hygie.commons.people.urls")),
    path("tasks/", include("hygie.commons.web.urls")),
    path("catalogue/", include("hygie.access.catalogue.urls")),
    path("sovereignty/", include("hygie.intake.placing.urls")),
    path("permits/", include("hygie.access.permits.urls")),
    path("extracts/", include("hygie.access.extracts.urls")),
    path("applications/", include("hygie.access.applications.urls")),
    path("enclave/", include("hygie.secure.enclave.urls")),
    path("airlock/", include("hygie.secure.airlock.urls")),
    path("register/", include("hygie.public.register.urls")),
    path("node/", include("hygie.node.site.operating")),
    path("ledger/", include("hygie.public.register.ledger_urls")),
]

handler400 = "hygie.commons.web.views.bad_request"
handler403 = "hygie.commons.web.views.forbidden"
handler404 = "hygie.commons.web.views.not_found"
handler500 = "hygie.commons.web.views.fault"
