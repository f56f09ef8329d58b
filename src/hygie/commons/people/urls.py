"""The addresses of people's own pages, of accounts and of the training."""

from __future__ import annotations

from django.urls import path

from hygie.commons.people import account_views, passkey_views, training_views, views

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
    path("passkeys/", passkey_views.listing, name="passkeys"),
    path("passkeys/enter/", passkey_views.enter, name="passkey-enter"),
    path("passkeys/<int:passkey>/remove/", passkey_views.remove, name="passkey-remove"),
    path("training/", training_views.training, name="training"),
    path("training/result/", training_views.result, name="training-result"),
    path("training/<slug:lesson>/", training_views.lesson, name="lesson"),
    path("accounts/", account_views.accounts, name="accounts"),
    path("accounts/add/", account_views.add, name="add"),
    path("accounts/<str:name>/", account_views.account, name="account"),
    *(
        path(f"accounts/<str:name>/{what}/", account_views.change, {"what": what}, name=f"change-{what}")
        for what in account_views.CHANGES
    ),
]
