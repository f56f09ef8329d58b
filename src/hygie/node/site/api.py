"""The API: everything a page does, under `/api/v1`; each room brings its router."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import SessionAuth

from hygie import __version__
from hygie.access.applications.api import router as applications
from hygie.access.applications.form.api import router as forms
from hygie.access.catalogue.api import router as catalogue
from hygie.access.extracts.api import router as extracts
from hygie.access.permits.api import router as permits
from hygie.base.kernel import Reason, Refusal, Verdict
from hygie.commons.people.api import router as people
from hygie.commons.web.api import router as tasks
from hygie.commons.web.problems import answer
from hygie.commons.web.reading import Texts
from hygie.intake.placing.api import router as sovereignty
from hygie.node.site.described import complete
from hygie.node.site.node_api import router as node
from hygie.public.register.api import router as register
from hygie.public.register.ledger_api import router as ledger
from hygie.secure.airlock.api import router as airlock
from hygie.secure.enclave.api import router as enclave

session = SessionAuth(csrf=True)


class Described(NinjaAPI):
    """The API with a description that tells how each operation refuses."""

    def get_openapi_schema(self, **named: Any) -> Any:
        """Return the OpenAPI description."""
        return complete(super().get_openapi_schema(**named))


api = Described(
    title="Hygie",
    version=__version__,
    urls_namespace="api",
    docs_url=None,
    parser=Texts(),
    description="Everything a page of this node does. Refusals are problem documents (RFC 9457).",
)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer a refused call with its problem document."""
    return answer(request, refusal.verdict)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, errors: ValidationError) -> HttpResponse:
    """Answer a call whose parameters or body are not as described, each place named, none of its values repeated."""
    reasons = [
        Reason("WEB-108", {"found": str(error["msg"])[:200]}, path="$." + ".".join(str(part) for part in error["loc"]))
        for error in errors.errors
    ]
    return answer(request, Verdict(tuple(reasons)))


@api.exception_handler(AuthenticationError)
def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    """Answer a call that asks for an account when nobody is signed in."""
    return answer(request, Verdict((Reason("WEB-101"),)))


@api.exception_handler(HttpError)
def unfit(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer a call without its token, or one that cannot be read; a refusal of what it holds is told as it is."""
    if isinstance(error.__cause__, Refusal):
        return answer(request, error.__cause__.verdict)
    return answer(request, Verdict((Reason("WEB-104" if error.status_code == 403 else "WEB-106"),)))


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    """Answer a call for what is not there."""
    return answer(request, Verdict((Reason("WEB-102"),)))


api.add_router("/people/", people, auth=session)
api.add_router("/tasks/", tasks, auth=session)
api.add_router("/catalogue/", catalogue, auth=session)
api.add_router("/sovereignty/", sovereignty, auth=session)
api.add_router("/permits/", permits, auth=session)
api.add_router("/extracts/", extracts, auth=session)
api.add_router("/applications/", forms, auth=session)
api.add_router("/applications/", applications, auth=session)
api.add_router("/enclave/", enclave, auth=session)
api.add_router("/airlock/", airlock, auth=session)
api.add_router("/register/", register, auth=session)
api.add_router("/ledger/", ledger, auth=session)
api.add_router("/node/", node, auth=session)
