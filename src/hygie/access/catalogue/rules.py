"""What may be said of a dataset, what may be asked, and what a catalogue may show: pure decisions."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date
from math import ceil, isqrt

from hygie.access.catalogue.values import Description
from hygie.base.disclosure import Guarded
from hygie.base.disclosure.noise import Account, spread
from hygie.base.kernel import Reason, Verdict
from hygie.base.law import Preset

SOFTENING = 5
STALE_MONTHS = 12
COUNTS_AN_HOUR = 30
COUNTS_A_DAY = 120
COUNTS_A_YEAR = 150
MOST_CONDITIONS = 24
BLUR, FINER = 144, 16
EPSILON = 100  # thousandths, of one question
OF_ORGANISATION, OF_DATASET = 10_000, 20_000  # thousandths of one dataset in 365 days: of one organisation, of all
BUDGET_DAYS = 365


def due(checked_on: date) -> date:
    """Return the day from which a description is stale: twelve months after its last check.

    Source   Reg. (EU) 2025/327 art. 60(3) (SU-60-3)

    Example
    -------
    >>> due(date(2024, 2, 29)).isoformat(), due(date(2025, 11, 22)).isoformat()
    ('2025-02-28', '2026-11-22')
    """
    year = checked_on.year + STALE_MONTHS // 12
    last = checked_on.month == 2 and checked_on.day == 29
    return date(year, 2, 28) if last else checked_on.replace(year=year)


def stale(checked_on: date, on: date) -> bool:
    """Return whether a description was last checked twelve months ago or more.

    Example
    -------
    >>> stale(date(2025, 10, 22), date(2026, 11, 22)), stale(date(2025, 12, 22), date(2026, 11, 22))
    (True, False)
    """
    return on >= due(checked_on)


def derived(standard: str) -> tuple[str, ...]:
    """Return the categories of art. 51(1) that a delivery's standard tells: none where it may be any.

    Parameters
    ----------
    standard : str   as a snapshot's manifest names it

    Source   Reg. (EU) 2025/327 art. 51(1)(a), (e), (h)

    Example
    -------
    >>> derived("SNDS 2024"), derived("OMOP CDM 5.4"), derived("declared tables (Table Schema)")
    (('e',), ('a',), ())
    """
    known = {"OMOP": ("a",), "FHIR": ("a",), "SNDS": ("e",), "device data": ("h",)}
    return next((letters for name, letters in known.items() if standard.startswith(name)), ())


def judge(described: Description, known: Mapping[str, Mapping[str, object]], on: date) -> Verdict:
    """Return whether a description may be published, with every reason against.

    Parameters
    ----------
    described : Description
    known : Mapping     terms by kind: publisher_types, health_themes, frequencies, countries, languages
    on : date

    Errors      none raised; CAT-105 an unknown term, CAT-106 a day in the future, CAT-107 no open address,
                CAT-108 a category named twice, CAT-117 and CAT-118 the quality label
    Source      Reg. (EU) 2025/327 art. 51(1), 60(3)-(5), 78(2)
    """
    named: list[tuple[str, str, str]] = [("frequencies", described.frequency, "$.frequency")]
    for part in ("holder", "publisher", "contact", "access_body"):
        body = getattr(described, part)
        if body is not None:
            named += [
                ("publisher_types", body.kind, f"$.{part}.kind"),
                ("countries", body.country, f"$.{part}.country"),
            ]
    for kind in ("health_themes", "countries", "languages"):
        named += [(kind, key, f"$.{kind}[{at}]") for at, key in enumerate(getattr(described, kind))]
    reasons = [
        Reason("CAT-105", {"found": key, "accepted": ", ".join(sorted(known[kind]))}, path)
        for kind, key, path in named
        if key not in known[kind]
    ]
    for field in ("checked_on", "first_publication"):
        day = getattr(described, field)
        if day is not None and day > on:
            reasons.append(Reason("CAT-106", {"found": day.isoformat(), "accepted": on.isoformat()}, f"$.{field}"))
    if not described.personal and described.open_url is None:
        reasons.append(Reason("CAT-107", {}, "$.open_url"))
    if len(set(described.categories)) < len(described.categories):
        reasons.append(Reason("CAT-108", {"found": ", ".join(described.categories)}, "$.categories"))
    return Verdict((*reasons, *labelled(described, on)))


def labelled(described: Description, on: date) -> tuple[Reason, ...]:
    """Return what is wrong with a description's quality label: none for publicly funded data, or no documents.

    Parameters
    ----------
    described : Description
    on : date

    Errors      none raised; CAT-106 a day in the future, CAT-117 no label, CAT-118 a block without its document
    Source      Reg. (EU) 2025/327 art. 60(4), 78(2) (SU-60-4, SU-78-2)
    """
    label = described.label
    if label is None:
        return (Reason("CAT-117", {}, "$.label"),) if described.publicly_funded else ()
    late = Reason("CAT-106", {"found": label.issued_on.isoformat(), "accepted": on.isoformat()}, "$.label.issued_on")
    return (
        *((late,) if label.issued_on > on else ()),
        *(
            Reason("CAT-118", {"found": name}, f"$.label.{name}")
            for name, block in label.blocks.items()
            if block is None or not (block.link or block.sha256)
        ),
    )


def requestable(described: Description, on: date) -> Verdict:
    """Return whether data may be applied for: a cohort or survey only once its results were first published.

    Parameters
    ----------
    described : Description
    on : date

    Errors      none raised; CAT-109
    Source      Reg. (EU) 2025/327 art. 51(1)(p) (SU-51-P)
    """
    first = described.first_publication
    if "p" in described.categories and (first is None or first > on):
        return Verdict((Reason("CAT-109", {}, "$.first_publication"),))
    return Verdict()


def one_way(counts: Mapping[str, int], preset: Preset) -> tuple[str, ...]:
    """Return the categories of a variable that may be shown, the largest first.

    What lies under the preset's threshold is left out. Where the preset shows exact counts, and all that is left out is
    one category or fewer persons than the threshold, the smallest category shown goes too, so that a total does not
    give the others back; where it rounds, the rounding of each figure does that.

    Parameters
    ----------
    counts : Mapping[str, int]   persons by category
    preset : Preset

    Example
    -------
    >>> from hygie.base.law import preset
    >>> counts = {"f": 60, "m": 35, "other": 3}
    >>> [one_way(counts, preset(name, on=date(2026, 1, 1))) for name in ("opensafely-7-5", "casd-11")]
    [('f', 'm'), ('f',)]
    """
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    shown = [name for name in ordered if counts[name] >= preset.min_count]
    hidden = [counts[name] for name in ordered if 0 < counts[name] < preset.min_count]
    exact = preset.secondary and preset.total_rule == "suppress"
    if exact and hidden and shown and (len(hidden) == 1 or sum(hidden) < preset.min_count):
        shown.pop()
    return tuple(shown)


def soften(count: int, draw: int, preset: Preset) -> Guarded:
    """Return a count as a question about a cohort is answered: blurred by a draw, rounded, hidden where it is small.

    Every count is blurred alike, by six persons in the mean square, whatever the number is; what is then under the
    preset's threshold and twice that blur is hidden. So one person more or less changes what any answer is likely to
    be by little, and never what it can be.

    Parameters
    ----------
    count : int    persons, 0 or more
    draw : int     of 256 bits, drawn under a key from the question
    preset : Preset

    Source   binomial noise (Dwork et al. 2006, "Our data, ourselves"), rounded as tables asked for by anybody are

    Example
    -------
    >>> from hygie.base.law import preset
    >>> policy = preset("opensafely-7-5", on=date(2026, 1, 1))
    >>> [str(soften(count, 2**72 - 1, policy)) for count in (3, 101, 104)]
    ['fewer than 20', 'about 100', 'about 105']
    """
    base = max(preset.rounding_base, SOFTENING)
    least, blurred = -(-above(preset, BLUR) // base) * base, count + blur(draw, BLUR)
    return Guarded(None, least, base) if blurred < least else Guarded((blurred + base // 2) // base * base, 0, base)


def told(noisy: int, preset: Preset) -> Guarded:
    """Return a count that has its noise as it may be shown: hidden where it is small, else rounded.

    What is under the preset's threshold and twice the noise's standard deviation is hidden. The true count is not
    needed for that, so nothing here takes from what the noise promises.

    Parameters
    ----------
    noisy : int     persons and noise, under 0 too
    preset : Preset

    Example
    -------
    >>> from hygie.base.law import preset
    >>> policy = preset("opensafely-7-5", on=date(2026, 1, 1))
    >>> str(told(-3, policy)), str(told(39, policy)), str(told(103, policy))
    ('fewer than 40', 'fewer than 40', 'about 105')
    """
    base = max(preset.rounding_base, SOFTENING)
    least = ceil((preset.min_count + 2 * spread(EPSILON)) / base) * base
    return Guarded(None, least, base) if noisy < least else Guarded((noisy + base // 2) // base * base, 0, base)


def affords(organisation: Account, dataset: Account, epsilon: int, free_on: str) -> Verdict:
    """Return whether a question can be paid from the account of the organisation and from that of all together.

    Parameters
    ----------
    free_on : str   the day on which the oldest expense lapses

    Errors      none raised; CAT-303, CAT-304
    """
    for code, account in (("CAT-303", organisation), ("CAT-304", dataset)):
        if not account.pays(epsilon):
            spent, budget = account.spent / 1000, account.budget / 1000
            return Verdict((Reason(code, {"spent": spent, "accepted": budget, "free": free_on}),))
    return Verdict()


def concerns(persons: int, draw: int, preset: Preset) -> bool:
    """Return whether a part of a question makes a difference to enough persons to be heard, blurred by a draw.

    The blur is two persons in the mean square and eight at most: what concerns fewer than four is never heard.

    Example
    -------
    >>> from hygie.base.law import preset
    >>> policy = preset("opensafely-7-5", on=date(2026, 1, 1))
    >>> [concerns(count, 2**8 - 1, policy) for count in (0, 1, 11, 12)], concerns(3, 2**16 - 1, policy)
    ([False, False, False, True], False)
    """
    return persons + blur(draw, FINER) >= above(preset, FINER)


def above(preset: Preset, bits: int) -> int:
    """Return what a blurred number must reach: the preset's threshold and twice the blur."""
    return preset.min_count + 2 * isqrt(bits // 4)


def blur(draw: int, bits: int) -> int:
    """Return how many of a draw's first bits are set, less half of them: a binomial number of variance `bits` / 4."""
    return (draw & ((1 << bits) - 1)).bit_count() - bits // 2


def allowance(hour: int, day: int, year: int) -> Verdict:
    """Return whether one more new count may be asked, after so many in an hour, in a day, and of a dataset in a year.

    Errors      none raised; CAT-301, CAT-302
    """
    if year >= COUNTS_A_YEAR:
        return Verdict((Reason("CAT-302", {"year": year, "accepted": COUNTS_A_YEAR}),))
    if hour < COUNTS_AN_HOUR and day < COUNTS_A_DAY:
        return Verdict()
    return Verdict((Reason("CAT-301", {"hour": hour, "day": day, "accepted": f"{COUNTS_AN_HOUR}/{COUNTS_A_DAY}"}),))


def plain(text: str) -> str:
    """Return a text as search compares it: without case and accents, one space between words.

    Example
    -------
    >>> plain("Séjours  à l'Hôpital")
    "sejours a l'hopital"
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(bare.casefold().split())


def words_of(search: str, most: int = 8) -> tuple[str, ...]:
    """Return the words that a search asks for, each once.

    Example
    -------
    >>> words_of("  Cancer DU  sein cancer ")
    ('cancer', 'du', 'sein')
    """
    return tuple(dict.fromkeys(word[:40] for word in plain(search).split()))[:most]
