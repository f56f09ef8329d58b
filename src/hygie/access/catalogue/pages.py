"""Figures and words as the catalogue's pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from hygie.access.catalogue import data_use, meanings, vocabulary
from hygie.access.catalogue.figures import Figures, Value, Variable
from hygie.access.catalogue.measured_rdf import typical_ages
from hygie.access.catalogue.measuring import MOST
from hygie.access.catalogue.queries import Allotment, Counted, Dataset, DictionaryEntry
from hygie.access.catalogue.values import Description, Protected
from hygie.access.cohorts.systems import name_of
from hygie.base import law
from hygie.base.disclosure import Guarded
from hygie.commons.web import charts, current
from hygie.commons.web.pieces import Figure
from hygie.commons.web.templatetags.hygie import day, number

AGES = ("0-17", "18-39", "40-64", "65-79", "80+", "unknown")
SEXES = ("female", "male", "other", "unknown")
NO_SYSTEM = "–"


def sex_words(sex: str | None) -> str:
    """Return a sex in the reader's language; None is all."""
    said = {"female": _("women"), "male": _("men"), "other": _("other"), "unknown": _("not known"), None: _("all")}
    return said[sex]


def ages_words(ages: str | None) -> str:
    """Return a band of ages in the reader's language."""
    if ages is None:
        return _("all ages")
    if ages == "unknown":
        return _("age not known")
    if ages.endswith("+"):
        return _("%(age)s and over") % {"age": ages[:-1]}
    low, high = ages.split("-")
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def said(count: Guarded | None) -> str:
    """Return a guarded count in the reader's words; nothing measured is a dash."""
    if count is None:
        return "–"
    if count.shown is None:
        return _("fewer than %(below)s") % {"below": number(count.below)}
    if count.base == 1:
        return str(number(count.shown))
    return _("about %(count)s") % {"count": number(count.shown)}


def in_quarantine(figures: Figures) -> str:
    """Return the share of delivered lines in quarantine in words: 0 only where it is known that there is none."""
    if figures.quarantine or figures.unbroken:
        return _("%(share)s %%") % {"share": number(figures.quarantine, 1 if figures.quarantine else 0)}
    return _("under 0.05 %%, or fewer than %(below)s lines") % {"below": number(figures.below)}


def noisy(found: Counted | None) -> dict[str, object]:
    """Return what a page says of the noise of an answer."""
    if found is None:
        return {}
    figures = {"within": found.within, "below": number(found.count.below), "epsilon": number(found.epsilon / 1000, 1)}
    return {**figures, "preset": found.preset, "answered": day(found.answered_at)}


def account(found: Allotment) -> dict[str, object]:
    """Return what a page says of an organisation's account with a dataset."""
    spent, budget, rest = (number(each / 1000, 1) for each in (found.own.spent, found.own.budget, found.own.rest))
    named = {"organisation": found.organisation.removeprefix("account:"), "questions": found.questions}
    closed = "" if found.verdict.allowed else day(date.fromisoformat(found.free_on))
    return {**named, "spent": spent, "budget": budget, "rest": rest, "free": closed}


# what a row of a table is; of tables without a word here, a record
OTHERS = gettext_noop("records")
UNITS = {
    "person": gettext_noop("persons"),
    "visit_occurrence": gettext_noop("stays or visits"),
    "condition_occurrence": gettext_noop("diagnoses"),
    "drug_exposure": gettext_noop("medicines given"),
    "procedure_occurrence": gettext_noop("acts"),
    "measurement": gettext_noop("measurements"),
    "observation": gettext_noop("observations"),
    "device_exposure": gettext_noop("devices used"),
    "death": gettext_noop("deaths"),
    "note": gettext_noop("documents"),
    "location": gettext_noop("places"),
}


def unit(table: str) -> str:
    """Return what is counted in a table's rows."""
    return _(UNITS.get(table, OTHERS))


def threshold(figures: Figures) -> str:
    """Return the disclosure rule in words."""
    rule = _("counts under %(below)s are hidden, the others rounded to %(base)s (%(preset)s)") % {
        "below": figures.below,
        "base": figures.base,
        "preset": figures.preset,
    }
    if not figures.opt_outs:
        return str(rule)
    left = _("persons who had refused before the measuring are not counted (list %(list)s)")
    return f"{rule} · {left % {'list': figures.opt_outs[:12]}}"


def coverage(figures: Figures, csv_url: str) -> Figure | None:
    """Return the coverage by sex and age as a chart with its table."""
    cells = {(each.sex, each.ages): each.persons for each in figures.coverage}
    ages = [band for band in AGES if (None, band) in cells]
    if not set(ages) - {"unknown"}:
        return None
    sexes = [sex for sex in SEXES if (sex, None) in cells]
    columns = [_("Age in %(year)s") % {"year": figures.aged}, *(sex_words(sex) for sex in sexes), _("all")]
    rows = [
        [ages_words(band), *(said(figures.guarded(cells.get((sex, band)))) for sex in [*sexes, None])] for band in ages
    ]
    points = [(ages_words(band), float(cells[None, band] or 0)) for band in ages]
    top = max(points, key=lambda point: point[1])
    title = _("The largest group is %(ages)s: %(count)s of %(all)s persons.") % {
        "ages": top[0],
        "count": said(figures.guarded(int(top[1]) or None)),
        "all": said(figures.guarded(figures.persons)),
    }
    return Figure(
        title,
        charts.bars(points, axis=_("persons")),
        columns,
        rows,
        _("measured on the data of %(day)s") % {"day": day(figures.created)},
        threshold(figures),
        csv_url,
    )


@dataclass(frozen=True)
class Bar:
    """A value of a distribution: its words, its count, and a bar's width out of 100."""

    label: str
    count: int
    width: float


KINDS_OF_PROTECTION = {
    "intellectual-property": gettext_noop("intellectual property"),
    "trade-secret": gettext_noop("trade secret"),
    "data-protection": gettext_noop("regulatory data protection"),
}


@dataclass(frozen=True)
class Flag:
    """What protects a variable, in the reader's language; no measure where none is recorded."""

    kind: str
    reason: str
    measure: str


@dataclass(frozen=True)
class Row:
    """A variable as a row of the page."""

    entry: DictionaryEntry
    first: tuple[Bar, ...]
    rest: tuple[Bar, ...]
    flags: tuple[Flag, ...] = ()


def flag(protected: Protected, language: str) -> Flag:
    """Return what protects a variable, in words."""
    measure = protected.measure.said(language) if protected.measure else ""
    return Flag(_(KINDS_OF_PROTECTION[protected.kind]), protected.reason.said(language), measure)


def row_of(entry: DictionaryEntry, flags: Iterable[Flag] = ()) -> Row:
    """Return a variable with its distribution as bars; five are shown at once."""
    most = entry.largest
    bars = tuple(
        Bar(value_words(entry, each), each.persons, 100 * each.persons / most) for each in entry.variable.values
    )
    return Row(entry, bars[:5], bars[5:], tuple(flags))


def value_words(entry: DictionaryEntry, value: Value) -> str:
    """Return a value in words: what the vocabulary or its list calls it, or what is known of it without one."""
    column, language = entry.variable.name, current.language()
    if entry.variable.kind == "range":
        return re.sub(r"(?<=\d)\.(?=\d)", ",", value.label) if language == "fr" else value.label
    if column == "source_system":
        return value.label or name_of(value.code, language)
    return meanings.label(entry.variable, value, language) or code_words(entry, value)


MEASURED_IN = {
    "euros": gettext_noop("euros"),
    "days": gettext_noop("days"),
    "weeks": gettext_noop("weeks"),
    "years": gettext_noop("years"),
    "grams": gettext_noop("grams"),
    "percent": gettext_noop("%"),
}


def measured_in(variable: Variable) -> str:
    """Return the unit of a variable's numbers in words; nothing where none is known."""
    unit = meanings.of_unit(variable.table, variable.name)
    return _(MEASURED_IN[unit]) if unit else ""


def unlisted(variable: Variable) -> str:
    """Return how many values enough persons share beside those that are listed, in words; nothing where all are."""
    more = variable.distinct - len(variable.values)
    if variable.kind != "category" or more <= 0:
        return ""
    shown = {"shown": number(len(variable.values)), "more": number(more)}
    if variable.distinct >= MOST:
        return (
            _("The %(shown)s most frequent values are shown; at least %(more)s more are shared by enough persons.")
            % shown
        )
    return (
        ngettext(
            "The %(shown)s most frequent values are shown; %(more)s more is shared by enough persons.",
            "The %(shown)s most frequent values are shown; %(more)s more are shared by enough persons.",
            more,
        )
        % shown
    )


def code_words(entry: DictionaryEntry, value: Value) -> str:
    """Return a code as a reader knows it: of a source code, the name of its system before it."""
    system, _, code = value.code.partition(" ")
    if entry.variable.name != "source_code" or not code:
        return value.code
    return f"{name_of(system, current.language())} {code}" if system != NO_SYSTEM else code


def how_it_stands() -> dict[data_use.State, tuple[str, str]]:
    """Return how a use may stand with a holder's terms, in words, each with its tone."""
    return {
        "fits": (_("fits"), "leaf"),
        "fits-if": (_("fits, on conditions"), "wait"),
        "indeterminate": (_("cannot be judged by a program"), "doubt"),
        "does-not-fit": (_("does not fit"), "stop"),
    }


def uses(found: Description) -> tuple[list[str], list[tuple[str, str]]]:
    """Return a holder's terms of use in words, and for each purpose of art. 53 how it stands with them."""
    return held_against([(each.term, each.parameter) for each in found.data_uses])


def held_against(given: Sequence[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return terms of use in words, and for each purpose of art. 53 how it stands with them."""
    held, language = data_use.known(), current.language()
    named = [
        data_use.named(term, parameter, language) if term in held else f"{_('a term that is not known here')} · {term}"
        for term, parameter in given
    ]
    words, rows = how_it_stands(), []
    for basis, purpose in law.purposes().items() if given else ():
        told = data_use.fit(given, data_use.Asked(basis))
        said = words[told.state][0]
        if told.state == "fits-if":
            open_ = [held[term].condition(language) for term, state in told.terms if state == "fits-if"]
            said = _("fits, if: %(conditions)s") % {"conditions": "; ".join(open_)}
        rows.append((f"{basis} {purpose.label[language]}", said))
    return named, rows


def category_words(letters: Iterable[str]) -> list[str]:
    """Return the categories of art. 51(1) in the reader's language."""
    known = law.categories()
    return [f"{letter}. {known[letter].label[current.language()]}" for letter in letters]


def terms(kind: str, keys: Sequence[str]) -> str:
    """Return terms of the vocabulary in the reader's language, joined."""
    return ", ".join(vocabulary.label(kind, key, current.language()) for key in keys)


def computed(figures: Figures) -> list[tuple[str, str]]:
    """Return what a record says that is measured and asked of nobody, in words."""
    low, high = typical_ages(figures)
    ages = {
        (True, True): lambda: _("%(low)s to %(high)s") % {"low": low, "high": high},
        (True, False): lambda: _("%(age)s and over") % {"age": low},
    }.get((low is not None, high is not None), lambda: "–")()
    period = f"{figures.period[0]}–{figures.period[1]}" if figures.period else "–"
    named = sorted({name_of(each, current.language()) for each in systems(figures)})
    return [
        (_("Records of all tables"), number(figures.rows)),
        (_("Persons"), said(figures.guarded(figures.persons))),
        (_("Typical ages"), ages),
        (_("Years"), period),
        (_("Code systems"), ", ".join(named) or "–"),
        (_("Variables"), number(len(figures.variables))),
        (_("Values filled"), "–" if figures.completeness is None else f"{figures.completeness} %"),
        (_("In quarantine"), in_quarantine(figures)),
    ]


def systems(figures: Figures | None) -> set[str]:
    """Return the code systems that a dataset's figures show."""
    listed = (each for table in (figures.tables if figures else ()) for each in table.variables)
    return {value.code for each in listed if each.name == "source_system" for value in each.values}


def tabs(found: Dataset) -> list[tuple[str, str]]:
    """Return the pages of a dataset: their address names and words."""
    listed = [("catalogue:dataset", _("Overview"))]
    if found.figures:
        listed.append(("catalogue:variables", _("Variables")))
    if found.figures or found.label.state != "none":
        listed.append(("catalogue:quality", _("Quality")))
    listed += [
        ("catalogue:uses", _("Who used it")),
        ("catalogue:place", _("Where it lies")),
        ("catalogue:data", _("For programs")),
    ]
    return listed
