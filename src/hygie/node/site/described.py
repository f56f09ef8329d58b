"""What the API's description says besides what its operations declare: how each of them refuses."""

from __future__ import annotations

from typing import Any

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "A refusal: what was asked, what was found, what would be accepted, who can help (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "reasons"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:hygie:refusal:"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{3}$"},
        "reasons": {"type": "array", "minItems": 1, "items": {"type": "object"}},
    },
}
REFUSED = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
WORDS = {
    "4XX": "Refused: the problem's code says why, and what would be accepted.",
    "5XX": "Not possible now: the problem's code says why.",
}


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Give each operation of an OpenAPI description its summary and the problem documents it may answer with.

    Parameters
    ----------
    schema : dict   as the operations declare it; changed in place and returned

    Source   RFC 9457; OpenAPI 3.1, responses by class of status

    Example
    -------
    >>> made = complete({"paths": {"/x": {"get": {"responses": {200: {}}}}}, "components": {"schemas": {}}})
    >>> list(made["paths"]["/x"]["get"]["responses"])
    [200, '4XX', '5XX']
    """
    schema["components"]["schemas"]["Problem"] = PROBLEM
    for methods in schema["paths"].values():
        for operation in methods.values():
            operation["summary"] = operation.get("description", "").rstrip(".")
            operation["tags"] = list(dict.fromkeys(operation.get("tags", ())))
            for status, words in WORDS.items():
                operation["responses"].setdefault(status, {"description": words, **REFUSED})
    return schema
