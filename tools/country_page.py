"""The reference page on the synthetic country: every published figure it must match, with tolerance and source."""
# ruff: noqa: E501 - the lines of the page

from hygie.node.country.figures import ByAge, Figure, Published, published
from hygie.node.country.truth import realised

HEAD = """\
# The synthetic country

A synthetic country has residents, their care and their records. Their marginals must match published French
figures. Each figure is a row of `src/hygie/node/country/figures.toml` with its source, its basis and its tolerance; this page is
generated from that file. Every country that is drawn says in `truth.json` how far it is from @COMPARED@ of them, long-term conditions among them, and from
the tables of persons, departments, households and medicines. Vaccinations but the one against influenza from 65 years, and cancers, are drawn by their
figures and looked at by tests, some less closely than the tolerance says. Tests draw 50,000 persons and add three standard errors to each tolerance.

**Basis.** *read*: the number was read on the page named. *derived*: computed from numbers that were read. *known*: general
knowledge, to be verified against the publisher named before anyone quotes it. *chosen*: set by this project. Where
only a total is published, the file holds a *shape* by sex and age; shapes are known, never read, and are scaled
until they give the published total on the published pyramid.

**Years.** The pyramid and the departments are those of 2018, the newest that were read whole, by sex and five years of age;
births, deaths, medicines, vaccinations and cancers are those of 2023. Death rates of 2023 on the younger pyramid
of 2018 give 8.7 deaths per 1,000 persons, where 2023 had 9.2: the tolerance says so.

A tolerance is relative to the value, in percent; *abs.* marks an absolute one.
"""


def page() -> str:
    """Return the page of the published figures."""
    country = published()
    parts = [
        HEAD.replace("@COMPARED@", str(len(realised({}, 1)))),
        "## Single figures\n",
        _figures(list(country.figures.values())),
    ]
    parts += ["\n## Tables\n\nOne tolerance for each cell.\n", _figures(list(country.tables.values()), value=False)]
    parts += [
        "\n## Long-term conditions\n\nShare of all persons.\n",
        _figures([c.share for c in country.conditions.values()]),
    ]
    parts += [
        "\nCIM-10 codes and the rate by age that gives the share, in percent, men / women:\n",
        _conditions(country),
    ]
    sites = [figure for site in country.cancers.values() for figure in site.cases.values()]
    parts += ["\n## New cancers by site\n", _figures(sites)]
    parts += [
        "\n## For orientation\n\nFigures that no synthetic column is held against.\n",
        _figures(list(country.context.values())),
    ]
    parts += ["\n## Persons by sex and age\n", _by_age(country.pyramid, ",.0f", 1)]
    parts += ["\n## Deaths a year per 1,000 persons\n", _by_age(country.mortality, ".2f", 1000)]
    parts += ["\n## Medicines: share of boxes by ATC class\n", _pairs(country.medicines)]
    parts += ["\n## Households\n", _households(country), "\n## Departments\n", _departments(country)]
    return "\n".join([*parts, "\n## Sources\n", _sources(country)]) + "\n"


def _figures(figures: list[Figure], *, value: bool = True) -> str:
    lines = ["| figure | value | what | tolerance | basis | source |", "|---|---|---|---|---|---|"]
    for each in figures:
        what = f"{each.unit}. {each.note[0].upper()}{each.note[1:]}" if each.note else each.unit
        tolerance = f"{each.tolerance:g} abs." if each.absolute else f"{100 * each.tolerance:g} %"
        shown = f"{each.value:,g}" if each.value < 1000 else f"{each.value:,.0f}"
        lines.append(
            f"| `{each.name}` | {shown if value else 'below'} | {what} | {tolerance} | {each.basis} | [{each.source}](#sources) |"
        )
    return "\n".join(lines)


def _bands(first: tuple[int, ...]) -> list[str]:
    ends = [str(until - 1) for until in first[1:]]
    return [f"{a}-{b}" if str(a) != b else b for a, b in zip(first, ends, strict=False)] + [f"{first[-1]}+"]


def _conditions(country: Published) -> str:
    bands = next(iter(country.conditions.values())).rate.first
    lines = [f"| condition | CIM-10 | {' | '.join(_bands(bands))} |", "|---|---|" + "---|" * len(bands)]
    for name, each in country.conditions.items():
        cells = [f"{100 * m:.2g} / {100 * w:.2g}" for m, w in zip(each.rate.men, each.rate.women, strict=True)]
        lines.append(f"| {name} | {', '.join(each.icd10)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _by_age(values: ByAge, form: str, factor: float) -> str:
    lines = ["| age | men | women |", "|---|---|---|"]
    for band, men, women in zip(_bands(values.first), values.of("men"), values.of("women"), strict=True):
        lines.append(f"| {band} | {men * factor:{form}} | {women * factor:{form}} |")
    return "\n".join(lines)


def _pairs(values: object) -> str:
    assert isinstance(values, dict)
    return "\n".join(
        ["| class | share |", "|---|---|", *(f"| {name} | {share:.3f} |" for name, share in values.items())]
    )


def _households(country: Published) -> str:
    names = ["1", "2", "3", "4", "5", f"6 or more ({country.six_or_more} on average)"]
    rows = [f"| {name} | {share:.3f} |" for name, share in zip(names, country.household_sizes, strict=True)]
    return "\n".join(["| persons | share of households |", "|---|---|", *rows])


def _departments(country: Published) -> str:
    lines = ["| code | department | chef-lieu | latitude | longitude | share of persons |", "|---|---|---|---|---|---|"]
    for each in country.departments:
        lines.append(
            f"| {each.code} | {each.name} | {each.chef_lieu} | {each.latitude} | {each.longitude} | {each.share:.5f} |"
        )
    return "\n".join(lines)


def _sources(country: Published) -> str:
    lines = ["| source | publisher | title | year | address |", "|---|---|---|---|---|"]
    for name, each in country.sources.items():
        through = f" Read through: {each.through}" if each.through else ""
        lines.append(f"| {name} | {each.publisher} | {each.title} | {each.year} | {each.address}{through} |")
    return "\n".join(lines)
