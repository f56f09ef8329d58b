"""What a permit shows of the applicant's own words is said so in the form, and seen by the officer beforehand."""

from __future__ import annotations

import pytest

from hygie.access.applications import actions, naming
from hygie.access.applications.document import at
from hygie.access.applications.models import ApplicationRow
from hygie.access.permits import queries as permits
from hygie.base import law
from hygie.base.engine.node import Node
from hygie.base.kernel import Refusal
from hygie.base.kernel.catalogue import words
from hygie.public.register import queries as register
from tests.access.applications.story import ACT, LEADER, assessed, document, drafted, granted, screened, submitted
from tests.conftest import Site

WORDS = (
    "public.title", "public.objectives", "public.area", "public.data_description", "public.lay_summary",
    "purpose.aim", "purpose.benefit", "purpose.product", "purpose.gdpr_basis",
)  # fmt: skip
ELSEWHERE = {"applicant.kind", "applicant.country", "applicant.parent", "applicant.mandate"}
ASKED = {"purpose": {"format": "pseudonymised"}, "data": {"opt_out_exception": True}}
SHOWN = {"purpose.aim", "purpose.gdpr_basis", "data.opt_out_reason"}


def test_the_form_marks_what_a_permit_shows_and_nothing_of_a_request() -> None:
    for kind, marked in (("permit", SHOWN), ("request", set())):
        fields = law.form(kind, template="tehdas2-v0").fields
        assert {field.path for field in fields if field.on_permit} == marked


@pytest.mark.parametrize(
    ("language", "hint", "mark", "heading"),
    [
        ("en", "Public on the permit, word for word", "(public on the permit)", "words that the permit shows"),
        ("fr", "Public sur l'autorisation, mot pour mot", "(public sur l'autorisation)", "que l'autorisation montre"),
    ],
)
def test_applicants_and_officers_see_what_becomes_public(
    stocked: Node, language: str, hint: str, mark: str, heading: str
) -> None:
    site = Site(stocked)
    made = drafted(stocked)
    assert site.text(site.get(f"/applications/{made}/form/purpose/", as_="user", language=language)).count(hint) == 2
    assert site.text(site.get(f"/applications/{made}/letter/", as_="user", language=language)).count(mark) == 2
    case = assessed(stocked)
    text = site.text(site.get(f"/applications/{case}/case/decide/", as_="officer", language=language))
    assert heading in text and "art. 6(1)(e)" in text


def test_the_permit_says_what_the_officer_was_shown(stocked: Node) -> None:
    got = granted(stocked)
    public = permits.public(permits.find(got.permit, stocked.keys.public_key()).permit)
    text = Site(stocked).text(Site(stocked).get(f"/applications/{got.id}/case/publish/", as_="officer"))
    assert public["purpose"]["text"] in text and public["legal_references"][1] in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "It repeats what the application says in “Project leader”, which concerns a person."),
        ("fr", "Il reprend ce que la demande dit dans « Responsable du projet », qui concerne une personne."),
    ],
)
def test_public_words_that_name_a_person_are_told_beside_their_field_and_not_received(
    stocked: Node, language: str, said: str
) -> None:
    site = Site(stocked)
    made = drafted(stocked, **{path.replace(".", "__"): "As fictive asks." for path in WORDS})
    with pytest.raises(Refusal) as refused:
        actions.submit(stocked, made, actor="user")
    assert {(each.code, each.path) for each in refused.value.verdict.reasons} == {
        ("APP-142", f"$.{path}") for path in WORDS
    }
    for name, many in (("public", 5), ("purpose", 4), ("applicant", 0)):
        page = site.get(f"/applications/{made}/form/{name}/", as_="user", language=language)
        assert page.status_code == 200 and site.text(page).count(said) == many
    assert ApplicationRow.objects.get(id=made).state == "draft"


def test_a_word_of_a_body_s_name_and_what_nobody_else_reads_may_name_a_person(stocked: Node) -> None:
    own = {"applicant__parent": "Fictive SA", "applicant__mandate": {**ACT, "issuer": "Fictive Institute"}}
    kept = {"purpose__necessity": f"{LEADER} knows why.", "public__title": "A fictional case of non-fiction"}
    unused = {"data__opt_out_reason": f"{LEADER} wants it.", "processing__controller": "data-team@example.org"}
    assert ApplicationRow.objects.get(id=submitted(stocked, **own, **kept, **unused)).state == "submitted"


@pytest.mark.parametrize(("said", "told"), [("The data team", []), ("Ask Data Team", ["processing.people"])])
def test_an_account_is_found_whole_however_it_is_written(said: str, told: list[str]) -> None:
    written = {"processing": {"people": ["data-team" if told else "data-team.2"]}, "public": {"title": said}}
    found = naming.naming("permit", "tehdas2-v0", written)
    assert [each.facts["found"] for each in found] == told


def test_while_it_is_completed_a_public_text_that_names_a_person_is_not_handed_in(stocked: Node) -> None:
    made = screened(stocked)
    actions.ask_completion(stocked, made, "Say more.", actor="officer")
    before = ApplicationRow.objects.get(id=made).document["public"]
    saved = {"area": "Fictive's field", "leader": LEADER}
    actions.save(stocked, made, "public", {**before, **saved}, revision=1, actor="user")
    assert saved["area"] not in str(register.register(stocked)["applications"])
    with pytest.raises(Refusal) as refused:
        actions.supply(stocked, made, actor="user")
    assert [(each.code, each.path) for each in refused.value.verdict.reasons] == [("APP-142", "$.public.area")]
    actions.save(stocked, made, "public", before, revision=2, actor="user")
    assert actions.supply(stocked, made, actor="user").state == "pre-screening"


def test_the_register_shows_what_the_form_marks_and_nothing_else(stocked: Node) -> None:
    site, form = Site(stocked), law.form("permit", template="tehdas2-v0")
    told = {"public__country": "FI", "purpose__product": "A patent.", "applicant__parent": "Holding of Fiction",
            "applicant__mandate": ACT}  # fmt: skip
    body = document(stocked, **told)
    made = submitted(stocked, **told)
    [entry] = register.register(stocked)["applications"]
    marked = [field for field in form.fields if field.public]
    assert {field.path for field in marked} == set(WORDS) - SHOWN | ELSEWHERE | {
        "public.country", "purpose.basis", "sources.datasets",
    }  # fmt: skip
    values = [*entry.values(), *entry["user"].values()]
    assert [field.path for field in marked if at(body, field.path) not in values] == []
    hidden = {str(at(body, field.path)) for field in form.fields if field.type == "text" and not field.public}
    hidden -= {"", "None", body["applicant"]["name"], "user"} | {str(at(body, field.path)) for field in marked}
    assert hidden and not [value for value in hidden if value in str(entry)]
    for language, heading, country in (
        ("en", "What is asked, in the applicant's words", "Finland"),
        ("fr", "Ce qui est demandé, dans les mots du demandeur", "Finlande"),
    ):
        text = site.text(site.get(f"/register/applications/{made}/", language=language))
        assert [word for word in (heading, country, *entry["objectives"].splitlines(), entry["area"],
                                  entry["data_description"], "A patent.") if word not in text] == []  # fmt: skip
        assert not [value for value in hidden if value in text]


def test_texts_of_refusals_call_answers_as_the_form_does() -> None:
    labels = {field.path: dict(field.label) for field in law.form("permit", template="tehdas2-v0").fields}
    named = {path: dict(said) for path, said in words().items() if path in labels}
    assert named == {path: labels[path] for path in named} and "public.leader" in named
    assert {field.path for field in naming.told("permit", "tehdas2-v0", ASKED)} | set(naming.PERSONAL) <= named.keys()
