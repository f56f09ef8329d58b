"""What names a person in a text to be published is found by its words, however they are written, and taken out."""

import pytest

from hygie.access.applications.naming import of_document
from hygie.commons.web.publishing import Held, masked, named, proposed, ready

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
            ready(said, LED, confirmed=confirmed)
    ready("A person.", LED, confirmed=True)
