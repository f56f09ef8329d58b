"""The addresses of the catalogue. A dataset's name never begins with `_`."""

from __future__ import annotations

from django.urls import path

from hygie.access.catalogue import (
    elsewhere_views,
    feed_views,
    label_pages,
    links_views,
    quality_pages,
    trust_views,
    variable_views,
    views,
)
from hygie.access.catalogue import steward_views as steward

app_name = "catalogue"
urlpatterns = [
    path("", views.every, name="list"),
    path("catalogue.<str:ending>", feed_views.harvest, name="feed"),
    path("_steward/", steward.desk, name="steward"),
    path("_links/", links_views.every, name="links"),
    path("_links/<slug:link_id>/", links_views.decide, name="decide-link"),
    path("_elsewhere/", elsewhere_views.every, name="elsewhere"),
    path("_elsewhere/<slug:key>/", elsewhere_views.one, name="elsewhere-record"),
    path("_elsewhere/<slug:key>/record.<str:ending>", elsewhere_views.record, name="elsewhere-rdf"),
    path("_trusted/", trust_views.trusted, name="trusted"),
    path("_trusted/mark/", trust_views.trust, name="trust"),
    path("_trusted/<str:trust_id>/end/", trust_views.distrust, name="distrust"),
    path("<str:dataset_id>/", views.one, name="dataset"),
    path("<str:dataset_id>/variables/", views.variables, name="variables"),
    path("<str:dataset_id>/variables/<slug:table>.<slug:column>/", variable_views.one, name="variable"),
    path("<str:dataset_id>/variables/<slug:table>.<slug:column>.csv", variable_views.table_of, name="variable-table"),
    path("<str:dataset_id>/quality/", views.quality, name="quality"),
    path("<str:dataset_id>/quality/checks/", quality_pages.checks, name="checks"),
    path("<str:dataset_id>/quality/checks.csv", quality_pages.checks_table, name="checks-table"),
    path("<str:dataset_id>/label/revoke/", label_pages.revoke, name="revoke-label"),
    path("<str:dataset_id>/uses/", views.uses, name="uses"),
    path("<str:dataset_id>/place/", views.place, name="place"),
    path("<str:dataset_id>/data/", views.data, name="data"),
    path("<str:dataset_id>/record.<str:ending>", feed_views.record, name="record"),
    path("<str:dataset_id>/coverage.csv", views.coverage_table, name="coverage"),
    path("<str:dataset_id>/variables.csv", views.variables_table, name="variables-table"),
    path("<str:dataset_id>/count/", views.count, name="count"),
    path("<str:dataset_id>/describe/", steward.describe, name="describe"),
    path("<str:dataset_id>/check/", steward.confirm, name="check"),
    path("<str:dataset_id>/measure/", steward.measure, name="measure"),
]
