"""A busy node's site: a person, `user`, with an application, a permit, a run and a request; a `stranger` with none."""

from dataclasses import dataclass

import pytest
from django.test import Client

from hygie.node.bench import seeding, seeding_permits, site

ROLES = ("operator", "steward", "officer", "user", "stranger", "checker", "auditor")
BACKEND = "django.contrib.auth.backends.ModelBackend"


class Reader(Client):
    """A client that reads files to their end and closes them, as a browser does."""

    def request(self, **named):
        """Ask, and take the whole answer."""
        answer = super().request(**named)
        if answer.streaming:
            content = b"".join(answer.streaming_content)
            for close in answer._resource_closers:
                close()
            answer.streaming_content = [content]
        return answer


@dataclass
class Busy:
    """The site, its node, and the things that addresses name."""

    node: object
    values: dict[str, object]

    @staticmethod
    def client(who: str, *, csrf: bool = False) -> Client:
        """Return a client signed in as an account, or as nobody."""
        from hygie.commons.people.models import Account

        client = Reader(SERVER_NAME="localhost", enforce_csrf_checks=csrf, raise_request_exception=False)
        if who != "anonymous":
            client.force_login(Account.objects.get(name=who), backend=BACKEND)
        return client

    def again(self) -> None:
        """Put back what allowed requests may have moved."""
        from hygie.access.applications.models import ApplicationRow

        ApplicationRow.objects.filter(id=self.values["application_id"]).update(state="processing", outcome="")

    def ask(self, who: str, method: str, url: str, data=None, **more):
        """Ask for a page or an operation: forms for pages, JSON for the API."""
        more.setdefault("content_type", "application/json" if url.startswith("/api/") else None)
        named = {name: value for name, value in more.items() if value is not None}
        client = self.client(who)
        if method == "GET":
            named.pop("content_type", None)
        return getattr(client, method.lower())(url, {} if data is None else data, **named)


@pytest.fixture(scope="module")
def busy(tmp_path_factory, django_db_blocker):
    """The site of a node with a little of everything."""
    with django_db_blocker.unblock(), site.throwaway(tmp_path_factory.mktemp("busy")) as node:
        size = seeding.Size(40)
        officers = seeding.people(node, size)
        datasets = seeding.catalogue(node, size)
        seeding.applications(node, size, officers, datasets)
        permits = seeding_permits.permits(node, size, datasets)
        yield Busy(node, {**things(node, datasets[0], permits[0]), "revoked_id": permits[1]})


def things(node, dataset, permit) -> dict[str, object]:
    """Make what else addresses name, and return all of it by the names of parameters."""
    from hygie.access.applications.models import ApplicationRow, ExclusionRow, MemberRow, TaskRow
    from hygie.base.ledger import actions as ledger
    from hygie.commons.people.models import Account, Attestation
    from hygie.commons.web.models import Task
    from hygie.secure.airlock.models import Request
    from hygie.secure.enclave.models import Run, StudyRow

    at = node.clock()
    for name, role, holder in (("stranger", "user", ""), ("other", "steward", ""), ("other-holder", "steward", "B")):
        account = Account.objects.create(name=name, roles=[role], created_at=at, password="!", holder=holder)
        Attestation.objects.create(account=account, course="t", right=15, asked=15, at=at, until=at.replace(year=2126))
    case = ApplicationRow.objects.filter(state="processing").first()
    ApplicationRow.objects.filter(id=case.id).update(author="user", officer="officer")
    MemberRow.objects.create(application=case, account="user")
    today = at.date()
    ExclusionRow.objects.create(
        id="excl-1", organisation="X", organisation_key="x", start=today, end=today, reason="r", by="officer", at=at
    )
    TaskRow.objects.create(
        id="task-1", application=case, kind="delivery", rule="SU-60-2", permit=permit, dataset=dataset, asked_at=at,
        due_on=today,
    )  # fmt: skip
    Task.objects.create(
        id="work-1", name="catalogue.measure", subject=dataset, actor="user", state="done", created_at=at
    )
    StudyRow.objects.create(
        id="study-1", permit=permit, author="user", name="s", hash="0" * 64, files=1, bytes=1, key_id="k", sealed="s",
        created_at=at,
    )  # fmt: skip
    return {
        "application_id": case.id, "permit_id": permit, "dataset_id": dataset, "name": "other", "session": "none",
        "wanted": "node", "key": "0" * 32, "table": "person", "column": "year_of_birth",
        "applications.name": "withdraw", "section": "public", "step": "withdraw", "ending": "ttl", "lesson": "why",
        "tasks.task_id": "work-1", "task_id": "task-1", "exclusion_id": "excl-1", "trust_id": "trust-1",
        "procedure_id": "enforcement-1", "message_id": "message-1", "study_id": "study-1", "link_id": "link-1",
        "run_id": Run.objects.get(permit=permit).id, "request_id": Request.objects.get(permit=permit).id,
        "table_id": "table-1", "number": 0, "index": ledger.head().size - 1, "passkey": 1,
    }  # fmt: skip
