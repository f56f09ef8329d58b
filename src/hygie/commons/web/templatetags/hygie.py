"""Filters that templates share: dates, numbers, hashes and reasons in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency
from django import template
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hygie.base.kernel import Verdict
from hygie.base.kernel.catalogue import Explanation, explain
from hygie.base.law import presets
from hygie.base.law.citations import cited as citation
from hygie.commons.web.current import language

register = template.Library()
LONG = 20
ISO_DAY = 10
SIDE = "<!--side-->"  # on a phone a page's narrow column stands here
AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")


@register.simple_block_tag
def titled(content: str) -> tuple[SafeString, SafeString]:
    """Part a page at its mark, else after its title, so that its state can stand between the first part and the rest.

    Example
    -------
    >>> titled("<h1>A case</h1><p>Asked in March.</p>")
    ('<h1>A case</h1>', '<p>Asked in March.</p>')
    >>> titled("<h1>A dataset</h1><p>Claims of a year.</p><!--side--><p>Holder</p>")
    ('<h1>A dataset</h1><p>Claims of a year.</p>', '<p>Holder</p>')
    """
    before, mark, after = content.partition(SIDE if SIDE in content else "</h1>")
    return mark_safe(before + mark.removeprefix(SIDE)), mark_safe(after)  # noqa: S308  (rendered and escaped by the page's own template)


@register.filter
def day(value: date | datetime | str | None) -> str:
    """Write a date as its reader does: `3 March 2029`, `3 mars 2029`; of an instant, the day in the node's country.

    Example
    -------
    >>> day(date(2029, 3, 3))
    '3 March 2029'
    """
    if not value:
        return "–"
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == ISO_DAY else datetime.fromisoformat(value)
    return first(date_format(localdate(value) if isinstance(value, datetime) else value, "j F Y"))


@register.filter
def moment(value: datetime | str | None) -> str:
    """Write a time of a day, in UTC."""
    if not value:
        return "–"
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    return f"{first(date_format(value, 'j F Y, H:i'))} UTC"


def first(text: str) -> str:
    """Return a date with its month's first day as French writes it: `1er octobre 2026`."""
    return f"1er {text[2:]}" if text.startswith("1 ") and language() == "fr" else text


@register.filter
def span(years: tuple[int, int]) -> str:
    """Write the first and the last year of a period.

    Example
    -------
    >>> span((2009, 2024)), span((2024, 2024))
    ('2009–2024', '2024')
    """
    return "–".join(str(year) for year in dict.fromkeys(years))


@register.filter
def number(value: float | None, places: int | None = None) -> str:
    """Write a number with the reader's separators.

    Example
    -------
    >>> number(1204)
    '1,204'
    """
    if value is None:
        return "–"
    rounded = value if places is None else round(value, places)  # Django cuts what it does not show
    return number_format(rounded, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def short(value: str) -> SafeString:
    """Shorten an identifier or a hash in the middle; the whole is in its title.

    Example
    -------
    >>> short("0123456789abcdef0123456789abcdef")
    '<code class="id" title="0123456789abcdef0123456789abcdef">0123456789…abcdef</code>'
    """
    text = str(value)
    shown = f"{text[:10]}…{text[-6:]}" if len(text) > LONG else text
    return format_html('<code class="id" title="{}">{}</code>', text, shown)


@register.filter
def cited(source: str) -> str:
    """Write a rule's source, with the rule's name before it if it has one, as its reader's language cites it."""
    name, mark, rest = source.partition(" · ")
    return f"{name}{mark}{citation(rest, language())}" if mark else citation(source, language())


@register.filter
def preset_words(name: str) -> str:
    """Return what an output preset does, in the reader's language, from its last version; else its own name.

    Example
    -------
    >>> preset_words("ohdsi-5"), preset_words("unheard-of")
    ('OHDSI packages: minCellCount 5', 'unheard-of')
    """
    known = presets().get(str(name))
    return known[-1].label[language()] if known else str(name)


@register.filter
def money(value: str | Mapping[str, object]) -> str:
    """Write an amount with its currency, `2000.50 EUR` or a mapping of both, as its reader does; other words stay.

    Example
    -------
    >>> money("2000.50 EUR")
    '€2,000.50'
    """
    text = f"{value['amount']} {value['currency']}" if isinstance(value, Mapping) else str(value)
    found = AMOUNT.fullmatch(text)
    return str(format_currency(Decimal(found[1]), found[2], locale=language())) if found else text


@register.simple_tag
def colon() -> str:
    """Write a colon as its reader does: French sets a space before it."""
    return _(":")


@register.filter
def territory(code: str) -> str:
    """Return a country's name in the reader's language, its code when it has none.

    Example
    -------
    >>> territory("FR")
    'France'
    """
    return str(Locale(language()).territories.get(code, code))


@register.filter
def explained(verdict: Verdict) -> list[Explanation]:
    """Return a verdict's reasons in the reader's language."""
    return [explain(reason, language()) for reason in verdict.reasons]


@register.filter
def lookup(mapping: dict[str, object], key: str) -> object:
    """Return a mapping's value, or an empty text."""
    return mapping.get(key, "")


@register.filter
def said(label: dict[str, str]) -> str:
    """Return a label of data in the reader's language, English when it lacks that."""
    return label.get(language()) or label.get("en", "")


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """Return this page's address with some of its parameters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def drawing(svg: str) -> SafeString:
    """Return a chart of `web.charts` as markup; what could act or load is refused with an empty drawing."""
    if re.search(r"<script|<foreignObject|javascript:|\son\w+=|<!ENTITY|href=", svg, re.IGNORECASE):
        return SafeString("")
    return mark_safe(svg)  # noqa: S308 - made by web.charts from figures, looked through above


@register.simple_tag
def days_words(days: int | None) -> str:
    """Say how many days are left, or by how many a day is past."""
    if days is None:
        return ""
    if days == 0:
        return _("today is the last day")
    late, shown = days < 0, {"days": number(abs(days))}
    if late:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % shown
    return ngettext("%(days)s day left", "%(days)s days left", days) % shown
