"""Sources of rules as French cites them: no English is left beside an article."""

import re

import pytest

from hygie.base.kernel.catalogue import entries
from hygie.base.law.citations import cited, sentences
from hygie.base.law.packs import rows

ENGLISH = re.compile(
    r"\b(the|of|and|with|no|first|second|otherwise|within|is|one|least|year|Reg|EU|arts|design|rule|law)\b"
)


def sources():
    """Every source of a rule with a delay, and of a refusal, and what permits rest on before chapter IV."""
    pilot = (
        f"Reg. (EU) 2025/327 art. 68, as a pilot before {when}" for when in ("chapter IV applies", "26 March 2029")
    )
    return sorted(
        {*pilot, *(str(row["source"]) for row in rows("deadline")), *(one.source for one in entries().values())}
    )


def test_every_source_of_a_clock_or_a_refusal_is_cited_in_french():
    assert len(sources()) >= 20
    left = {source: said for source in sources() if ENGLISH.search(said := cited(source, "fr"))}
    assert left == {}


@pytest.mark.parametrize(
    ("source", "french"),
    [
        ("Reg. (EU) 2025/327 art. 68(4)", "règl. (UE) 2025/327, art. 68(4)"),
        ("Reg. (EU) 2025/327 arts 67 and 69", "règl. (UE) 2025/327, art. 67 et 69"),
        ("Loi 78-17 art. 76; décret 2019-536 arts 88 and 91: one month, tacit opinion favourable",
         "Loi 78-17 art. 76 ; décret 2019-536 art. 88 et 91 : un mois, avis tacite favorable"),
        ("design, lake: snapshots are immutable", "conception, lac : les instantanés sont immuables"),
        ("output preset, minimum count", "préréglage de sortie, effectif minimal"),
        ("a source nobody has written", "a source nobody has written"),
        ("", ""),
    ],
)  # fmt: skip
def test_articles_and_sentences(source, french):
    assert cited(source, "fr") == french
    assert cited(source, "en") == source


def test_no_sentence_is_kept_that_no_source_says():
    told = " | ".join(sources())
    assert [sentence for sentence in sentences() if sentence not in told] == []
