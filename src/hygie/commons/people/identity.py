"""The OpenID Connect provider that the configuration names, as django-allauth speaks to it."""

from __future__ import annotations

import json
import secrets
from typing import Any

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as social
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from allauth.utils import build_absolute_uri
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from hygie.base.kernel import refuse
from hygie.commons.people import configuration, doors
from hygie.commons.people.presence import fresh
from hygie.commons.web import current

ALGORITHMS = ("RS256", "PS256", "ES256")
LEEWAY = 30
REQUIRED = ("iss", "sub", "aud", "exp", "iat", "nonce")
FAULTS = {
    jwt.ExpiredSignatureError: "expired",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidSignatureError: "signature",
    jwt.InvalidAlgorithmError: "algorithm",
    jwt.MissingRequiredClaimError: "claim missing",
    jwt.ImmatureSignatureError: "not yet valid",
}


def configured() -> configuration.Issuer:
    """Return the provider of this node; PPL-124 when there is none."""
    found = configuration.issuer(current.node().home)
    if found is None:
        raise refuse("PPL-124", path="$.openid", found="–", accepted="[openid]")
    return found


class Adapter(OpenIDConnectOAuth2Adapter):
    """Speaks to the provider; takes an identity only from a token that every check of OpenID Connect accepts."""

    state: dict[str, Any]

    @property
    def openid_config(self) -> dict[str, Any]:
        """The provider's own description, whose issuer must be the one configured."""
        found: dict[str, Any] = super().openid_config
        if found.get("issuer") != configured().issuer:
            raise refuse("PPL-125", found="issuer")
        return found

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:  # noqa: ARG002
        """Return where the provider sends people back to."""
        return build_absolute_uri(request, reverse("people:callback"), self.redirect_uri_protocol)

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:  # noqa: ARG002
        """Enter as the account that the token's identity is bound to."""
        again = bool(self.state.get("again"))
        claims = self.verified(str(more["response"].get("id_token", "")), str(self.state.get("nonce", "")), again=again)
        response = doors.enter_by_identity(request, configured(), claims, str(self.state.get("next") or ""))
        raise ImmediateHttpResponse(response)

    def verified(self, token: str, nonce: str, *, again: bool) -> dict[str, Any]:
        """Return a token's claims; PPL-125 when its signature, issuer, audience, time or nonce is not right.

        Where the person was to sign in `again`, the token must say that they did, and when.

        Source     OpenID Connect Core 1.0 sections 2, 3.1.2.1, 3.1.3.7: `max_age` and `auth_time`
        """
        found = configured()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.key_of(token),
                algorithms=list(ALGORITHMS),
                audience=found.client_id,
                issuer=found.issuer,
                leeway=LEEWAY,
                options={"require": [*REQUIRED, *(("auth_time",) if again else ())]},
            )
        except jwt.PyJWTError as error:
            fault = next((word for kind, word in FAULTS.items() if isinstance(error, kind)), "form")
            raise refuse("PPL-125", found=fault) from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != found.client_id:
            raise refuse("PPL-125", found="audience")
        if not nonce or not secrets.compare_digest(str(claims["nonce"]), nonce):
            raise refuse("PPL-125", found="nonce")
        if again and not fresh(doors.proven_at(claims)):
            raise refuse("PPL-125", found="auth_time")
        return claims

    def key_of(self, token: str) -> Any:
        """Return the provider's key that a token names; PPL-125 when it has none, or the algorithm is not taken."""
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise refuse("PPL-125", found="algorithm")
        with social().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json().get("keys", [])
        for key in keys:
            if key.get("kid") == header.get("kid") and key.get("use", "sig") == "sig":
                return jwt.PyJWK.from_json(json.dumps(key), algorithm=header["alg"]).key
        raise refuse("PPL-125", found="signature")


class Provider(OpenIDConnectProvider):
    """The one provider of this node."""

    id = "identity"
    name = "OpenID Connect"
    oauth2_adapter_class = Adapter

    def get_default_scope(self) -> list[str]:
        """Return what is asked for: who the person is to the provider, and nothing else."""
        return ["openid"]


class Settings(DefaultSocialAccountAdapter):
    """The provider from the configuration; failures as refusals; no account that nobody prepared."""

    def list_apps(self, request: HttpRequest, provider: str | None = None, client_id: str | None = None) -> list[Any]:  # noqa: ARG002
        """Return the provider, whole."""
        from allauth.socialaccount.models import SocialApp

        found = configuration.issuer(current.node().home)
        if found is None or provider not in (None, Provider.id):
            return []
        more = {"server_url": found.issuer, "oauth_pkce_enabled": True}
        return [
            SocialApp(
                provider=Provider.id,
                provider_id=Provider.id,
                name=found.name,
                client_id=found.client_id,
                secret=found.secret,
                settings=more,
            )
        ]

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:  # noqa: ARG002
        """Return the provider; this node has one, which needs no registry."""
        return Provider(request, app=self.get_app(request, provider))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:  # noqa: ARG002
        """Return False: the operator prepares accounts."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,  # noqa: ARG002
        provider: Any,  # noqa: ARG002
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Refuse: no answer from the provider, a change of mind, or an answer to no question of ours."""
        if isinstance(exception, requests.RequestException):
            raise refuse("PPL-127")
        if extra_context and "state_id" in extra_context:
            raise refuse("PPL-125", found="state")
        raise refuse("PPL-125", found="cancelled" if str(error) == "cancelled" else "answer")


class Callback(OAuth2CallbackView):
    """Where the provider sends people back to; hands the state to the adapter, whose nonce the token must repeat."""

    def _get_state(self, request: HttpRequest, provider: Any) -> Any:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


def begin(request: HttpRequest, next_url: str, *, again: bool) -> HttpResponse:
    """Send a person to the provider; `again` asks it not to trust a session it may have."""
    found = configured()
    nonce = secrets.token_urlsafe(24)
    more = {"nonce": nonce, "acr_values": " ".join(found.ask)}
    if again:
        more |= {"prompt": "login", "max_age": "0"}
    provider = social(request).get_provider(request, Provider.id)
    try:
        response: HttpResponse = provider.redirect(
            request, AuthProcess.LOGIN, next_url, auth_params=more, nonce=nonce, again=again
        )
    except requests.RequestException:
        raise refuse("PPL-127") from None
    return response


def callback(request: HttpRequest) -> HttpResponse:
    """Take a person back from the provider."""
    configured()
    view = OAuth2CallbackView.adapter_view.__func__(Callback, Adapter(request, Provider.id))
    response: HttpResponse = view(request)
    return response
