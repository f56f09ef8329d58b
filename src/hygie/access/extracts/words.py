"""A plan in words that a lawyer reads, in English and French: pure."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.timezone import localdate

from hygie.access.cohorts.words import day_words
from hygie.access.cohorts.words import words as cohort_words
from hygie.access.extracts.values import Plan, TablePlan
from hygie.base.kernel import refuse

LANGUAGES = ("en", "fr")

TEXT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "datasets": "Data are taken from: {datasets}.",
        "see.each": "They are read as they are at each preparation: every delivery may give an extract, in which each "
        "person keeps the number of the earlier ones.",
        "see.first": "They are read as they were at the first preparation, whatever is delivered later.",
        "see.pinned": "They are read as of the snapshots that the permit names, whatever is delivered later.",
        "opt_outs": "First, every person who had opted out before {when} (UTC) is removed, in all datasets, before "
        "anything is counted (art. 71(3)).",
        "exception": "Persons who opted out are not removed: the permit states an exception under art. 71(4).",
        "cohort": "Of the others, a person is included who meets this:",
        "period": "Only records that begin from {start} to {end}, both days included.",
        "table": "Table {table}: {columns}.",
        "all": "Table {table} (codes, no person): {columns}.",
        "referenced": "Table {table}, only rows that the records above refer to: {columns}.",
        "left": "Left out although the permit names it, because {setting}: {columns}.",
        "person": "Each person gets a number made for this permit alone; the same person has another in every other "
        "permit.",
        "keys": "Every other identifier (visits, events, providers, sites, places) is replaced too, and rows are "
        "ordered by these numbers, so that two extracts cannot be joined.",
        "never": "Names, addresses, the source's own numbers and free text are never in an extract.",
        "birth": "birth is given to the {birth}",
        "dates": "dates are given to the {dates}",
        "location.none": "no place is given",
        "location.region": "places are given as regions",
        "location.full": "places are given as the permit's columns hold them",
        "codes.full": "codes are given in full",
        "codes.3-characters": "codes are cut to 3 characters",
        "day": "day",
        "month": "month",
        "year": "year",
        "between": "; ",
        "minimised": "Minimised: {settings}.",
        "remaining": "Persons in the data, opt-outs removed: {count}.",
        "included": "Persons whom the permit includes: {count}.",
        "guarded": "Counts are shown under the permit's own output rules ({preset}). Nothing has been extracted.",
    },
    "fr": {
        "datasets": "Les données proviennent de : {datasets}.",
        "see.each": "Elles sont lues telles qu'elles sont à chaque préparation : chaque livraison peut donner un "
        "extrait, où chaque personne garde le numéro des précédents.",
        "see.first": "Elles sont lues telles qu'elles étaient à la première préparation, quoi qu'on livre ensuite.",
        "see.pinned": "Elles sont lues aux instantanés que nomme l'autorisation, quoi qu'on livre ensuite.",
        "opt_outs": "D'abord, toute personne qui s'était opposée avant le {when} (UTC) est retirée, dans tous les jeux "
        "de données, avant tout comptage (art. 71, paragraphe 3).",
        "exception": "Les personnes qui se sont opposées ne sont pas retirées : l'autorisation prévoit une exception "
        "au titre de l'art. 71, paragraphe 4.",
        "cohort": "Parmi les autres, est incluse une personne qui remplit cette condition :",
        "period": "Seulement les enregistrements qui commencent du {start} au {end}, ces deux jours compris.",
        "table": "Table {table} : {columns}.",
        "all": "Table {table} (des codes, aucune personne) : {columns}.",
        "referenced": "Table {table}, seulement les lignes auxquelles renvoient les enregistrements ci-dessus : "
        "{columns}.",
        "left": "Écarté bien que l'autorisation le nomme, parce que {setting} : {columns}.",
        "person": "Chaque personne reçoit un numéro propre à cette autorisation ; la même personne en a un autre dans "
        "toute autre autorisation.",
        "keys": "Tout autre identifiant (séjours, événements, soignants, établissements, lieux) est remplacé aussi, et "
        "les lignes sont rangées selon ces numéros : deux extraits ne peuvent être rapprochés.",
        "never": "Les noms, adresses, numéros propres à la source et textes libres ne figurent jamais dans un extrait.",
        "birth": "la naissance est donnée {birth}",
        "dates": "les dates sont données {dates}",
        "location.none": "aucun lieu n'est donné",
        "location.region": "les lieux sont donnés par région",
        "location.full": "les lieux sont donnés tels que les colonnes autorisées les contiennent",
        "codes.full": "les codes sont donnés en entier",
        "codes.3-characters": "les codes sont coupés à 3 caractères",
        "day": "au jour près",
        "month": "au mois près",
        "year": "à l'année près",
        "between": "\N{NO-BREAK SPACE}; ",
        "minimised": "Minimisation : {settings}.",
        "remaining": "Personnes dans les données, oppositions retirées : {count}.",
        "included": "Personnes que l'autorisation inclut : {count}.",
        "guarded": "Les comptes sont montrés selon les règles de sortie de l'autorisation ({preset}). Rien n'a été "
        "extrait.",
    },
}


def plan_words(plan: Plan, language: str = "en") -> list[str]:
    """Return a plan's sentences in the order in which they are carried out.

    Parameters
    ----------
    plan : Plan
    language : str   `en` or `fr`

    Errors      EXT-112
    """
    if language not in LANGUAGES:
        raise refuse("EXT-112", found=language[:20])
    text = TEXT[language]
    when = f"{day_words(localdate(plan.decided_at), language)}, {plan.decided_at:%H:%M:%S}"
    lines = [
        text["datasets"].format(datasets=", ".join(plan.datasets)),
        *([text[f"see.{plan.see}"]] if plan.see else []),
        text["opt_outs"].format(when=when) if plan.opt_outs else text["exception"],
        text["cohort"],
        *(f"  {line}" for line in cohort_words(plan.cohort, language)),
        text["period"].format(start=day_words(plan.start, language), end=day_words(plan.end, language)),
        text["minimised"].format(settings=text["between"].join(settings_words(plan, language))),
        *(table_words(table, language) for table in plan.tables),
        *left_words(plan, language),
        text["person"],
        text["keys"],
        text["never"],
    ]
    return lines


def settings_words(plan: Plan, language: str) -> list[str]:
    """Return each minimisation setting in words."""
    text = TEXT[language]
    return [
        text["birth"].format(birth=text[plan.birth]),
        text["dates"].format(dates=text[plan.dates]),
        text[f"location.{plan.location}"],
        text[f"codes.{plan.codes}"],
    ]


def table_words(table: TablePlan, language: str) -> str:
    """Return one table and its columns."""
    form = "table" if table.reach == "persons" else table.reach
    return TEXT[language][form].format(table=table.name, columns=", ".join(table.names))


def left_words(plan: Plan, language: str) -> list[str]:
    """Return what minimisation took away, setting by setting."""
    form = TEXT[language]["left"]
    words = dict(zip(("birth", "dates", "location", "codes"), settings_words(plan, language), strict=True))
    columns: dict[str, list[str]] = {}
    for left in plan.left:
        columns.setdefault(left.setting, []).append(f"{left.table}.{left.column}")
    return [
        form.format(setting=words[setting], columns=", ".join(columns[setting]))
        for setting in words
        if setting in columns
    ]


def explained(counts: Mapping[str, str], preset: str, language: str) -> list[str]:
    """Return the lines that follow a plan which is only explained.

    Parameters
    ----------
    counts : Mapping[str, str]   `remaining` and `cohort`, already guarded and in words
    preset : str                 the permit's output preset
    """
    text = TEXT[language]
    return [
        text["remaining"].format(count=counts["remaining"]),
        text["included"].format(count=counts["cohort"]),
        text["guarded"].format(preset=preset),
    ]
