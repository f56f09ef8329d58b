"""Every route of the site and every operation of the API, from the resolver and the API's own description."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}")


@dataclass(frozen=True)
class Route:
    """An address of the site.

    Parameters
    ----------
    name : str      `room:name`, or `METHOD operation` of the API
    pattern : str   with its parameters
    method : str    the one that changes things where there is one, else GET
    """

    name: str
    pattern: str
    methods: tuple[str, ...]

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Each parameter's kind and name."""
        found = PARAMETER.findall(self.pattern)
        return tuple((kind or "str", name or braced) for kind, name, braced in found)

    def url(self, values: Mapping[str, object]) -> str:
        """Return the address with its parameters filled in."""

        def filled(match: re.Match[str]) -> str:
            name = match[2] or match[3]
            room = self.name.partition(":")[0]
            return str(values[f"{room}.{name}"] if f"{room}.{name}" in values else values[name])

        return "/" + PARAMETER.sub(filled, self.pattern).lstrip("/")


def pages() -> list[Route]:
    """Return every route but the API's."""
    from django.urls import get_resolver

    return [
        Route(name, pattern, methods(callback))
        for name, pattern, callback in walk(get_resolver(), "", ())
        if not pattern.startswith("api/v1/")
    ]


def walk(resolver, prefix, spaces) -> Iterator[tuple[str, str, object]]:
    """Yield name, pattern and view of every route under a resolver."""
    from django.urls.resolvers import URLResolver

    for each in resolver.url_patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from walk(each, pattern, (*spaces, *filter(None, [each.namespace])))
        else:
            yield ":".join([*spaces, each.name or pattern]), pattern, each.callback


def methods(view) -> tuple[str, ...]:
    """Return the methods that a view takes, as it answers to one that none takes."""
    from django.test import RequestFactory

    request = RequestFactory().generic("TRACE", "/")
    request.user = None
    inner = view
    while hasattr(inner, "__wrapped__"):
        for cell in getattr(inner, "__closure__", None) or ():
            held = cell.cell_contents
            if isinstance(held, list | tuple) and held and all(isinstance(each, str) for each in held):
                return tuple(each for each in held if each != "HEAD")
        inner = inner.__wrapped__
    return ("GET",)


@cache
def described() -> dict[str, object]:
    """Return the API's description, made once: it is asked for with every request, and changes with the code alone."""
    from hygie.node.site.api import api

    return api.get_openapi_schema()


def operations() -> list[Route]:
    """Return every operation of the API."""
    return [
        Route(f"api:{operation['operationId']}", path, (method.upper(),))
        for path, methods in described()["paths"].items()
        for method, operation in methods.items()
    ]


def body(route: Route) -> object:
    """Return a small body that an operation's description accepts, None where it takes none."""
    schema = described()
    operation = schema["paths"][route.pattern][route.methods[0].lower()]
    content = operation.get("requestBody", {}).get("content", {})
    kinds = list(content.values())
    return filled(kinds[0]["schema"], schema) if kinds else None


def query(route: Route) -> str:
    """Return the parameters that an operation asks for after its address."""
    schema = described()
    operation = schema["paths"][route.pattern][route.methods[0].lower()]
    needed = [each for each in operation.get("parameters", []) if each["in"] == "query" and each.get("required")]
    return "&".join(f"{each['name']}={filled(each['schema'], schema)}" for each in needed)


def filled(part, whole) -> object:
    """Return the smallest value of a JSON Schema, by its kind."""
    if "$ref" in part:
        found = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return filled(found, whole)
    for one_of in ("anyOf", "oneOf", "allOf"):
        if one_of in part:
            return filled(part[one_of][0], whole)
    if "const" in part or "enum" in part:
        return part["const"] if "const" in part else part["enum"][0]
    match part.get("type"):
        case "object":
            return {name: filled(part["properties"][name], whole) for name in part.get("required", [])}
        case "array":
            return [filled(part["items"], whole) for _ in range(part.get("minItems", 0))]
        case "string":
            if "pattern" in part and not re.search(part["pattern"], "x" * max(1, part.get("minLength", 1))):
                return next(
                    text
                    for text in ("FR", "EUR", "1.00", f"run-{0:020x}", "https://example.org/")
                    if re.search(part["pattern"], text)
                )
            made = {"date": "2026-11-21", "date-time": "2026-11-21T09:00:00Z"}.get(part.get("format", ""))
            return made or "x" * max(1, part.get("minLength", 1))
        case "integer" | "number":
            return part.get("minimum", 1)
        case "boolean":
            return True
    return {}
