"""The foot of every page: under whose laws the data lie, the last checkpoint, the last verification."""

from datetime import timedelta

import pytest

from hygie.base.kernel import refuse
from hygie.base.ledger import actions as ledger
from hygie.node.site import watching

pytestmark = pytest.mark.django_db(transaction=True)


def foot(site, language):
    """The foot of the home page, as text."""
    words = site.text(site.get("/", language=language))
    return words[words.index("Under whose laws" if language == "en" else "Sous quelles lois") :]


def test_the_foot_tells_what_was_signed_and_verified(site, clock):
    assert "declared by the operator, not verified" in foot(site, "en")
    assert "not verified by this node yet" in foot(site, "en")
    assert "aucun point de contrôle signé à ce jour" in foot(site, "fr")
    watching.follow(site.node)
    size = ledger.standing().signed.size
    english, french = foot(site, "en"), foot(site, "fr")
    assert f"over {size} events" in english
    assert f"UTC: {size} events, all in their place" in english
    assert f"{size} événement, à sa place" in french or f"{size} événements, tous à leur place" in french
    assert "Vérifiez vous-même" in french


def test_the_node_is_called_as_the_reader_speaks(site):
    settings = site.node.home / "node.toml"
    said = settings.read_text()
    settings.write_text('name = "Space"\nname_fr = "Espace"\ncontact = "A body"\ncontact_fr = "Un organisme"\n' + said)
    try:
        english, french = (site.text(site.get("/", language=language)) for language in ("en", "fr"))
    finally:
        settings.write_text(said)
    assert "Space" in english and "A body" in english and "Espace" not in english
    assert "Espace" in french and "Un organisme" in french and "A body" not in french


def test_the_worker_follows_the_ledger_once_a_day(site, monkeypatch, caplog):
    watching.follow(site.node)
    first = ledger.standing()
    watching.follow(site.node)
    assert ledger.standing() == first
    monkeypatch.setattr(watching, "DAY", timedelta(0))

    def broken(*_, **__):
        raise refuse("LED-106", found="an event is missing")

    monkeypatch.setattr("hygie.base.ledger.offline.verify_database", broken)
    watching.follow(site.node)
    assert not ledger.standing().followed.holds
    assert "LED-106" in caplog.text
    assert "the ledger did not hold" in foot(site, "en")
    assert "le journal ne tenait pas" in foot(site, "fr")


def test_the_menu_marks_the_list_that_leads_to_a_page(site):
    marked = '<a href="/applications/queue/" aria-current="page">'
    for page in ("/applications/queue/", "/applications/enforcement/"):
        assert marked in site.get(page, as_="officer").content.decode()
    assert marked not in site.get("/register/", as_="officer").content.decode()
