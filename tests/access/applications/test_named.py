"""What names a person in a text to be published is found by its words, however they are written, and taken out."""

import pytest

from hygie.access.applications import actions
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.naming import of_document
from hygie.base.kernel import Refusal
from hygie.commons.web.publishing import Held, Preview, masked, named, proposed, ready
from tests.access.applications.story import assessed, drafted

LED = of_document({"public": {"leader": "Dr Hélène Fictive"}, "applicant": {"address": "1 Rue Imaginaire"}})
MAIL = (Held("applicant.contact", "h.fictive@example.org", name=False),)


@pytest.mark.parametrize("text", ["Dr Fictive", "H. Fictive", "FICTIVE Hélène", "Dr Helene", "Dr Hélène Fictive"])
def test_a_part_of_a_name_is_found_and_taken_out(text):
    said = f"The plan of {text}, too wide."
    assert [(each.code, each.facts["found"]) for each in named(said, LED).reasons] == [("WEB-132", "public.leader")]
    mask = masked(said, LED)
    assert named(mask, LED).allowed and mask.startswith("The plan of ") and mask.endswith("[…], too wide.")


def test_words_that_name_nobody_pass():
    said = "The doctor's rue is fictional: a professor, Dr and so on."
    assert named(said, LED).allowed and masked(said, LED) == said


def test_a_contact_is_found_whole_and_a_decomposed_name_too():
    assert masked("Written to H.Fictive@example.org twice.", MAIL) == "Written to […] twice."
    assert named("A fictive example.", MAIL).allowed
    assert masked("He\u0301le\u0300ne left; 1, rue imaginaire.", LED) == "[…] left; […]."


def test_the_file_s_text_is_proposed_without_persons_and_nothing_goes_out_unconfirmed():
    assert proposed(" Hélène copied it. ", " ", LED) == "[…] copied it."
    assert proposed("Hélène copied it.", "A person copied it.", LED) == "A person copied it."
    for said, confirmed, code in (("A person.", False, "WEB-131"), ("Hélène.", True, "WEB-132")):
        with pytest.raises(Exception, match=code):
            ready(said, LED, lambda: Preview({}, "", LED), confirmed=confirmed)
    assert ready("A person.", LED, lambda: Preview({}, "", LED), confirmed=True) is None


def test_a_name_of_everyday_words_keeps_nobody_from_giving_reasons(stocked) -> None:
    said = "The data are not necessary for this purpose. Les données ne sont pas nécessaires à cette finalité."
    made = assessed(stocked, but=("68(1)(b)",), public__leader="Dr The And Not Necessary Data For This")
    actions.decide(stocked, made, "refused", reasons=said, grounds=("68(1)(b)",), actor="officer")
    held = of_document(ApplicationRow.objects.get(id=made).document)
    assert not named("Dr The And, not necessary: data for this!", held).allowed
    assert actions.publish(stocked, made, said, confirmed=True, actor="officer").published_at
    rare = [Held("public.leader", "Mme Data Exampledottir")]
    assert [named(text, rare).allowed for text in ("data", "Exampledottir's", "Data Exampledottir")] == [
        True,
        False,
        False,
    ]
    for leader in ("Dr One Two Three Four Five Six Seven Eight", "Data"):
        with pytest.raises(Refusal) as refused:
            actions.submit(stocked, drafted(stocked, public__leader=leader), actor="user")
        assert ("APP-143", "$.public.leader") in [(each.code, each.path) for each in refused.value.verdict.reasons]
    contact = Held("applicant.contact", "data", name=False)
    assert named("The data.", [contact]).allowed
