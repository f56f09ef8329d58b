"""The addresses of people's own pages, of accounts and of the training."""

from __future__ import annotations

from django.urls import path

from hygie.commons.people import views

app_name = "people"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/identity/", views.openid, name="openid"),
    path("sign-in/callback/", views.callback, name="callback"),
    path("step-up/", views.step_up, name="step-up"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("language/", views.language, name="language"),
    path("sessions/end/", views.end_my_sessions, name="end-my-sessions"),
    path("sessions/<str:session>/end/", views.end_session, name="end-session"),
]
