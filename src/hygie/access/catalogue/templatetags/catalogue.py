"""A tag of the catalogue's lists: the address with one facet's value added or taken away."""

from __future__ import annotations

from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def with_facet(context: template.Context, name: str, value: str) -> str:
    """Return this page's address with a value chosen, or no longer chosen, and from the first page on."""
    query = context["request"].GET.copy()
    values = query.getlist(name)
    query.setlist(name, [each for each in values if each != value] if value in values else [*values, value])
    query.pop("page", None)
    return f"?{query.urlencode()}"
