"""A procedure is opened from the page of what it is about: its form knows the user, the permit and the task."""

from __future__ import annotations

from datetime import timedelta

from hygie.access.applications.models import ApplicationRow, EnforcementRow, TaskRow
from hygie.base.engine.node import Node
from tests.access.applications.story import day, drafted, granted
from tests.access.catalogue.descriptions import HOLDER
from tests.conftest import Site

PAGE = "/applications/enforcement/"


def test_a_procedure_begins_with_what_the_page_one_comes_from_knows(stocked: Node) -> None:
    site, got, draft = Site(stocked), granted(stocked), drafted(stocked)
    row, task = ApplicationRow.objects.get(id=got.id), TaskRow.objects.get()
    for page, asked in ((f"/permits/{got.permit}/", f"permit={got.permit}"),
                        (f"/applications/{got.id}/case/", f"application={got.id}")):  # fmt: skip
        link = f"{PAGE}?{asked}#open"
        assert link in site.get(page, as_="officer").content.decode()
        assert link not in site.get(page, as_="auditor").content.decode()
        form = site.get(f"{PAGE}?{asked}", as_="officer").context["form"]
        assert {name: form[name].value() for name in ("subject", "permit", "organisation", "country")} == {
            "subject": "user", "permit": got.permit, "organisation": row.organisation, "country": row.country,
        }  # fmt: skip
        assert form["business_id"].value() == "130 000 001"
        assert dict(form.fields["permit"].choices)[got.permit].endswith(f"· {row.organisation} · In force")
    late = site.get(f"{PAGE}?task={task.id}", as_="officer").context["form"]
    assert (late["subject"].value(), late["organisation"].value()) == ("holder", HOLDER["name"])
    assert dict(late.fields["task"].choices)[task.id].startswith("chu-demo · ")
    for unknown in ("permit=permit-none", f"application={draft}", "task=%00", "x=y"):
        assert not site.get(f"{PAGE}?{unknown}", as_="officer").context["form"]["organisation"].value()
    assert site.get(f"{PAGE}?permit={got.permit}", as_="auditor").context["form"] is None


def test_the_user_of_a_permit_and_the_holder_of_a_task_need_not_be_typed(stocked: Node) -> None:
    site, got = Site(stocked), granted(stocked)
    until = (day(stocked) + timedelta(days=14)).isoformat()
    found = {"breach": "reidentification", "facts": "A join was tried.", "hearing_until": until}
    assert site.post(PAGE, {**found, "subject": "user"}, as_="officer").status_code == 422
    assert site.post(PAGE, {**found, "subject": "user", "permit": "permit-none"}, as_="officer").status_code == 422
    assert site.post(PAGE, {**found, "subject": "user", "permit": got.permit}, as_="officer").status_code == 302
    row = EnforcementRow.objects.get()
    assert (row.permit, row.country, row.business_id) == (got.permit, "FR", "130 000 001")
    assert row.organisation == ApplicationRow.objects.get(id=got.id).organisation
    about = {"subject": "holder", "task": TaskRow.objects.get().id}
    assert site.post(PAGE, {**found, **about}, as_="officer").status_code == 302
    assert EnforcementRow.objects.get(subject="holder").organisation == HOLDER["name"]
