"""Forms that change something, sent valid and taken: what a form does not name stays, and texts are shown as texts.

Each form is sent with its own fields filled in, every text of it hostile, and beside them the names of columns and of
actions' arguments that it does not ask for. It is taken; the columns hold what the form's own account and fields say;
the pages that show the texts show them as they were written and nothing of them acts.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import QuerySet
from django.test import Client
from django.utils.html import escape

from hygie.access.applications import actions
from hygie.access.applications.decision import weighing
from hygie.access.applications.models import (
    ApplicationRow,
    AssessmentRow,
    EnforcementRow,
    EventRow,
    ExclusionRow,
    MessageRow,
)
from hygie.access.catalogue import queries as catalogue
from hygie.access.catalogue.describing import initial
from hygie.access.catalogue.models import Described, TrustedHolder
from hygie.access.permits.models import PermitRow
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.commons.people.models import Account
from tests.access.applications import story
from tests.access.applications.conftest import shelf, stocked  # noqa: F401 - the fixtures
from tests.attacks.site.test_hostile_requests import faults
from tests.conftest import Site

pytestmark = pytest.mark.attack

TEXT = (
    "Zorn <script>alert(1)</script> \"'><img src=x onerror=alert(1)> ' OR 1=1; DROP TABLE ledger_event -- "
    "{{ 7|add:99990707 }}{% debug %} ../../../../etc/passwd"
)
REFUSED = ("x\x00y", "x" * 60_000)
EARLY = "2001-01-01T00:00:00Z"
# columns of what forms change, and arguments of the actions behind them, that no form asks for
MORE = {
    "id": "app-0", "pk": "1", "application_id": "app-0", "application": "app-0", "track": "accelerated",
    "state": "decided", "author": "checker", "officer": "checker", "assessor": "checker", "actor": "checker",
    "reader": "checker", "by": "checker", "decided_by": "checker", "published_by": "checker", "opened_by": "checker",
    "trusted_by": "checker", "described_by": "checker", "revoked_by": "checker", "lifted_by": "checker",
    "done_by": "checker", "done_at": EARLY, "published_at": EARLY, "decided_at": EARLY, "submitted_at": EARLY,
    "revoked_at": EARLY, "lifted_at": EARLY, "ended_at": EARLY, "at": EARLY, "void": "on", "version": "99",
    "sha256": "0" * 64, "index": "0", "fees_accepted_at": EARLY, "fees": "0", "due_on": "2099-01-01",
    "is_active": "", "is_superuser": "on", "is_staff": "on", "rights_version": "99", "password": "x", "issuer": "x",
    "template": "x", "kind": "request", "document": "{}", "revisions": "{}", "node": "x", "start": "2001-01-01",
}  # fmt: skip


class Attacked:
    """A site whose forms are sent with more than they ask for."""

    def __init__(self, node: Node) -> None:
        self.site, self.node, self.tried = Site(node), node, 0
        self.signed: dict[str, Client] = {}

    def client(self, who: str) -> Client:
        """A client signed in once, as nobody for an empty name."""
        return self.signed.setdefault(who, self.site.client(who))

    def taken(
        self,
        where: str,
        who: str,
        own: Mapping[str, Any] | None = None,
        texts: Iterable[str] = (),
        *,
        holds: tuple[QuerySet[Any], Mapping[str, Any]],
        steps: int = 1,
        refused: tuple[str, ...] = REFUSED,
    ) -> None:
        """Send a form whose texts cannot be taken, then one that is; the columns hold what they should."""
        cache.clear()
        client, own, texts = self.client(who), dict(own or {}), tuple(texts)
        whole = {**MORE, **own, **dict.fromkeys(texts, TEXT)}
        for bad in refused:
            for text in texts if len(texts) <= 5 else texts[:1]:
                answer = client.post(where, {**whole, text: bad})
                assert 400 <= answer.status_code < 500, f"{where} {text}={bad[:5]!r}: {answer.status_code}"
        answer = client.post(where, whole)
        if steps == 2:
            assert answer.status_code == 200, (where, answer.status_code, self.site.text(answer)[:3000])
            assert not faults(answer, where)
            form = answer.context["form"]
            shown = {name: form[name].value() for name in ("published", "seen")}
            answer = client.post(where, {**whole, **shown, "confirmed": "on"})
        assert answer.status_code == 302, (where, answer.status_code, self.site.text(answer)[:3000])
        rows, wanted = holds
        assert rows.values(*wanted).get() == wanted, where
        self.tried += 1

    def shows(self, pages: Iterable[tuple[str, str]], text: str = TEXT) -> None:
        """Assert that pages, each with its reader, show a text as it was written, and nothing of it acts."""
        for url, who in pages:
            answer = self.client(who).get(url)
            assert answer.status_code == 200, f"{url} as {who}: {answer.status_code}"
            assert not faults(answer, f"{url} {{{{"), url
            plain = re.sub(r"\s+", " ", answer.content.decode())
            assert escape(text) in plain, f"{url} as {who} does not show it"


@pytest.fixture
def attacked(stocked: Node) -> Attacked:  # noqa: F811
    """The site of a node with one described dataset."""
    return Attacked(stocked)


def row(made: str) -> QuerySet[Any]:
    """An application's row."""
    return ApplicationRow.objects.filter(id=made)


def test_an_applicant_s_forms(attacked: Attacked) -> None:
    made = story.drafted(attacked.node)
    here, own = f"/applications/{made}/", {"kind": "permit", "author": "user", "state": "draft", "officer": ""}
    public = ApplicationRow.objects.get(id=made).document["public"]
    texts = ("title", "objectives", "area", "data_description", "lay_summary")
    url, revised = f"{here}form/public/", {**public, "revision": "1", "title": REFUSED[0]}
    assert attacked.client("user").post(url, revised).status_code == 302
    assert ApplicationRow.objects.get(id=made).document["public"]["title"] == "xy", "what no database keeps is left out"
    attacked.taken(url, "user", {**public, "revision": "2"}, texts, holds=(row(made), own), refused=())
    assert {ApplicationRow.objects.get(id=made).document["public"][name] for name in texts} == {TEXT}
    attacked.shows([(url, "user"), (f"{here}letter/", "user"), (here, "user")])
    sent = {**own, "state": "submitted", "track": "standard", "outcome": "", "decided_by": "", "permit": ""}
    attacked.taken(f"{here}hand-in/", "user", holds=(row(made), sent))
    assert ApplicationRow.objects.get(id=made).submitted_at.year > 2001
    listed = [("/register/applications/", ""), (f"/register/applications/{made}/", ""), ("/register/", "")]
    attacked.shows([*listed, (f"{here}case/", "officer"), ("/applications/", "user")])
    for feed in ("feed.xml", "feed.atom"):
        answer = attacked.client("").get(f"/register/{feed}")
        words = "".join(ElementTree.fromstring(answer.content).itertext())
        assert "Zorn <script>" in words and "<img src=x" not in answer.content.decode()
    message = MessageRow.objects.filter(application_id=made)
    client = attacked.client("user")
    assert client.post(f"{here}do/post/", {**MORE, "text": TEXT}).status_code == 302
    assert message.values("author", "text").get() == {"author": "user", "text": TEXT}
    attacked.shows([(here, "user"), (f"{here}case/", "officer")])


def test_an_officer_s_forms(attacked: Attacked) -> None:
    node, made = attacked.node, story.submitted(attacked.node)
    here, case = f"/applications/{made}/", f"/applications/{made}/case/"
    mine = {"author": "user", "officer": "officer", "outcome": "", "decided_by": "", "permit": "", "track": "standard"}
    for act, state in (("take", "pre-screening"), ("complete", "processing")):
        attacked.taken(f"{case}{act}/", "officer", holds=(row(made), {**mine, "state": state}))
    for item in weighing.items(story.day(node))[1:]:
        actions.assess(node, made, item, holds=True, reason="Shown.", actor="officer")
    first = {"item": weighing.items(story.day(node))[0], "holds": "yes"}
    found = AssessmentRow.objects.filter(application_id=made, item=first["item"])
    said = {"assessor": "officer", "void": False, "holds": True, "reason": TEXT}
    attacked.taken(f"{case}assess/", "officer", first, ["reason"], holds=(found, said))
    posted = MessageRow.objects.filter(application_id=made)
    attacked.taken(f"{case}post/", "officer", {}, ["text"], holds=(posted, {"author": "officer", "text": TEXT}))
    for act, kind, state in (
        ("pause", "application.waiting", "paused"),
        ("go-on", "application.resumed", "processing"),
    ):
        held = EventRow.objects.filter(application_id=made, kind=kind)
        attacked.taken(f"{case}{act}/", "officer", {}, ["reason"], holds=(held, {"actor": "officer", "reason": TEXT}))
        assert row(made).values("state", *mine).get() == {**mine, "state": state}
        attacked.shows([(here, "user")])
    attacked.shows([(case, "officer")])
    fees = {"body": "600.00", "holders": "400.00", "currency": "EUR"}
    attacked.taken(f"{case}estimate/", "officer", fees, holds=(row(made), {**mine, "fees_accepted_at": None}))
    actions.accept_fees(node, made, amount="1000.00", actor="user")
    decided = {"outcome": "granted", "decided_by": "officer", "author": "user", "published_by": "", "reasons": TEXT}
    attacked.taken(
        f"{case}decide/", "officer", {"outcome": "granted"}, ["reasons", "conditions"], holds=(row(made), decided)
    )
    permit = ApplicationRow.objects.get(id=made).permit
    attacked.shows([(here, "user")])
    public = {"published_by": "officer", "published_reasons": TEXT, "outcome": "granted", "reasons": TEXT}
    attacked.taken(f"{case}publish/", "officer", {}, ["published"], holds=(row(made), public), steps=2)
    attacked.shows([(f"/register/applications/{made}/", ""), (here, "user")])
    taken = {"revoked_by": "officer", "version": 1, "decided_by": "officer"}
    kept = PermitRow.objects.filter(id=permit)
    texts = ["reason", "published"]
    attacked.taken(f"/permits/{permit}/revoke/", "officer", {}, texts, holds=(kept, taken), steps=2)
    attacked.shows([(f"/permits/{permit}/", ""), (f"/permits/{permit}/", "auditor")])


def test_the_forms_of_enforcement(attacked: Attacked) -> None:
    today, listed = story.day(attacked.node), "/applications/enforcement/"
    own = {
        "subject": "user", "country": "FR", "permit": "", "task": "", "breach": next(iter(law.breaches())),
        "hearing_until": (today + timedelta(days=14)).isoformat(),
    }  # fmt: skip
    begun = {"opened_by": "officer", "facts": TEXT, "organisation": TEXT, "decided_by": "", "measures": []}
    rows = EnforcementRow.objects.all()
    attacked.taken(listed, "officer", own, ["organisation", "facts"], holds=(rows, begun))
    here = f"{listed}{rows.get().id}/"
    attacked.taken(f"{here}hear/", "officer", {}, ["text"], holds=(rows, {**begun, "views": TEXT}))
    attacked.shows([(listed, "officer"), (here, "officer")])
    until = (today + timedelta(days=60)).isoformat()
    measures = {"measures": ["exclude"], "exclude_until": until, "rate": ""}
    ended = {**begun, "decided_by": "officer", "measures": ["exclude"], "reasons": TEXT, "published_reasons": TEXT}
    texts = ["reasons", "published"]
    attacked.taken(f"{here}conclude/", "officer", measures, texts, holds=(rows, ended), steps=2)
    attacked.taken(f"{here}appeal/", "officer", {}, ["text"], holds=(rows, {**ended, "appeal": TEXT}))
    attacked.shows([(here, "officer"), ("/register/enforcement/", ""), ("/applications/exclusions/", "officer")])
    excluded = ExclusionRow.objects.exclude(organisation=TEXT)
    by = {"by": "officer", "lifted_by": "", "lifted_at": None, "start": today, "reason": TEXT}
    form = {"organisation": "Firm of Fiction", "country": "FR", "until": until}
    attacked.taken("/applications/exclusions/", "officer", form, ["reason", "published"], holds=(excluded, by), steps=2)


def test_a_steward_s_and_an_operator_s_forms(attacked: Attacked) -> None:
    node = attacked.node
    version, held = catalogue.description("chu-demo")
    first = {name: value for name, value in initial(held, version).items() if value not in (None, False, "")}
    texts = [f"{name}_{tongue}" for name in ("title", "description", "purpose", "fee") for tongue in ("en", "fr")]
    texts += ["legal_basis", "keywords_en", "holder_name"]
    latest = Described.objects.filter(dataset="chu-demo", version=version + 1)
    by = {"described_by": "steward", "dataset": "chu-demo"}
    attacked.taken("/catalogue/chu-demo/describe/", "steward", first, texts, holds=(latest, by))
    attacked.shows([("/catalogue/chu-demo/", ""), ("/catalogue/", ""), ("/catalogue/chu-demo/describe/", "steward")])
    marked = TrustedHolder.objects.all()
    mark = {"holder": TEXT, "review_on": (story.day(node) + timedelta(days=60)).isoformat()}
    own = {"trusted_by": "officer", "reason": TEXT, "holder": TEXT, "ended_at": None}
    attacked.taken("/catalogue/_trusted/mark/", "officer", mark, ["published"], holds=(marked, own), steps=2)
    attacked.shows([("/catalogue/_trusted/", ""), ("/catalogue/_trusted/", "officer")])
    made, costs = story.processing(node), {"amount": "5.00"}
    own = {"author": "user", "officer": "officer", "state": "processing", "fees": None, "fees_accepted_at": None}
    attacked.taken(f"/applications/{made}/costs/", "steward", costs, ["reason"], holds=(row(made), own))
    attacked.shows([(f"/applications/{made}/case/", "officer")])


def test_an_operator_s_forms(attacked: Attacked) -> None:
    listed = "/people/accounts/"
    plain = {"is_active": True, "issuer": "", "subject": "", "holder": "", "rights_version": 0, "organisation": ""}
    new = Account.objects.filter(name="newcomer")
    with_more = {"subject": "x", "organisation": ""}
    form = {"name": "newcomer", "roles": ["steward"], **with_more}
    attacked.taken(
        f"{listed}add/", "operator", form, ["holder"], holds=(new, {**plain, "roles": ["steward"], "holder": TEXT})
    )
    attacked.shows([(f"{listed}newcomer/", "operator")])
    attacked.taken(
        f"{listed}newcomer/roles/", "operator", {"roles": ["steward", "user"], "holder": "x", **with_more},
        holds=(new, {**plain, "roles": ["steward", "user"], "holder": TEXT, "rights_version": 1}),
    )  # fmt: skip
    attacked.taken(
        f"{listed}newcomer/holder/", "operator", {"roles": ["operator"], "holder": "H", **with_more},
        holds=(new, {**plain, "roles": ["steward", "user"], "holder": "H", "rights_version": 2}),
    )  # fmt: skip
