"""The addresses of the applicant's pages."""

from __future__ import annotations

from django.urls import path

from hygie.access.applications.answers import views as answer_views
from hygie.access.applications.desk import uniqueness_views
from hygie.access.applications.form import case_views as form_case_views
from hygie.access.applications.form import views as form_views

urlpatterns = [
    path("", form_case_views.mine, name="mine"),
    path("answers/", answer_views.answers, name="answers"),
    path("new/", form_case_views.start, name="start"),
    path("<str:application_id>/", form_case_views.own, name="own"),
    path("<str:application_id>/form/<str:name>/", form_views.section, name="form"),
    path("<str:application_id>/count/", form_views.count, name="count"),
    path("<str:application_id>/unique/", uniqueness_views.unique, name="unique"),
    path("<str:application_id>/letter/", form_views.letter, name="letter"),
    path("<str:application_id>/hand-in/", form_views.hand_in, name="hand-in"),
    path("<str:application_id>/answer/", answer_views.answer, name="answer"),
    path("<str:application_id>/answer/<str:table_id>/drop/", answer_views.drop, name="drop-table"),
    path("<str:application_id>/answer/<str:table_id>/take/", answer_views.take, name="take-table"),
    path("<str:application_id>/do/<str:name>/", form_case_views.act, name="do"),
]
