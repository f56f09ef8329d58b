"""An application that is complete, and the steps that lead it through its states."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from hygie.access.applications import actions
from hygie.access.applications.answers.answering import AnswerTable
from hygie.access.applications.decision import weighing
from hygie.access.applications.enforcement import excluding
from hygie.access.applications.holders.delivering import data_opened
from hygie.access.applications.models import ApplicationRow
from hygie.access.applications.values import Application
from hygie.access.permits import queries as permits
from hygie.base.disclosure.stated import Statement
from hygie.base.engine.node import Node

BANS = ["54(a)", "54(b)", "54(c)", "54(d)", "54(e)", "L1461-1 V 1", "L1461-1 V 2"]
EXAMPLE: dict[str, Any] = {}
TABLE = b"sex,n\nfemale,40\nmale,35\n"
BY_SEX = Statement(("sex",), "n")
LEADER = "Dr Hélène Fictive"
ACT = {"issuer": "Parliament of Fiction (synthetic)", "date": "2020-01-02", "reference": "Health Act 7"}


def document(node: Node, **changes: Any) -> dict[str, Any]:
    """A complete application for `chu-demo`, with values put at dotted paths; `...` takes a field away."""
    if not EXAMPLE:
        EXAMPLE.update(permits.example(node, "chu-demo"))
    draft = copy.deepcopy(EXAMPLE)
    data = draft["data"]
    body: dict[str, Any] = {
        "sources": {"datasets": ["chu-demo"], "categories": ["a"]},
        "public": {
            "title": "Does a medicine change how often a diagnosis follows?",
            "leader": LEADER,
            "objectives": "To measure a difference.",
            "area": "Pharmacoepidemiology",
            "data_description": "Hospital records.",
            "lay_summary": "We ask whether a medicine makes an illness more or less frequent.",
        },
        "applicant": {
            "kind": "university",
            "name": "University of Fiction (synthetic)",
            "country": "FR",
            "business_id": "130 000 001",
            "address": "1 Rue Imaginaire",
            "contact": "h.fictive@example.org",
        },
        "payment": {"invoice": "invoices@example.org", "funded": True},
        "purpose": {
            "basis": "53(1)(e)",
            "necessity": "No other data follow these persons.",
            "aim": "Does exposure to a medicine change how often a diagnosis follows?",
            "benefit": "Safer prescriptions.",
            "format": "pseudonymised",
            "format_reason": "Records of one person are followed over time.",
            "gdpr_basis": "Reg. (EU) 2016/679 art. 6(1)(e)",
            "attested": BANS,
            "dignity": True,
        },
        "data": {
            "tables": data["tables"],
            "period": data["period"],
            "cohort": data["cohort"],
            "reasons": {
                f"{table}.{column}": f"Why {column}." for table, columns in data["tables"].items() for column in columns
            },
            "minimisation": draft["minimisation"],
            "ethics": "Committee's opinion 2026-12 (synthetic).",
        },
        "own_data": {"brought": False},
        "processing": {
            "principal_investigator": "user",
            "people": ["user"],
            "from": day(node).isoformat(),
            "to": (day(node) + timedelta(days=364)).isoformat(),
            "safeguards": "Named persons only, trained.",
            "environment": {"tools": ["python"]},
        },
        "confirmation": {"fees": True, "truthful": True},
    }
    return put(body, **changes)


def put(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy with values put at paths written with two underscores."""
    body = copy.deepcopy(body)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = body
        for step in way:
            place = place.setdefault(step, {})
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
    return body


def fill(node: Node, application: Application, body: dict[str, Any], *, actor: str = "user") -> Application:
    """Save every section of a document, as one goes."""
    for section, content in body.items():
        seen = application.revisions.get(section, 0)
        actions.save(node, application.id, section, content, revision=seen, actor=actor)
    return application


def drafted(node: Node, *, actor: str = "user", kind: str = "permit", procedure: str = "eu", **changes: Any) -> str:
    """A draft with every section filled in; its id."""
    application = actions.start(node, actor=actor, kind=kind, procedure=procedure)
    return fill(node, application, document(node, **changes), actor=actor).id


def exclude(node: Node, *, confirmed: bool, actor: str, **wanted: Any) -> excluding.Barred:
    """An exclusion, from what it says."""
    return actions.exclude(node, actions.Barring(**wanted), confirmed=confirmed, actor=actor)


def submitted(node: Node, **changes: Any) -> str:
    """A submitted application's id."""
    made = drafted(node, **changes)
    actions.submit(node, made, actor=changes.get("actor", "user"))
    return made


def screened(node: Node, **changes: Any) -> str:
    """An application in pre-screening."""
    made = submitted(node, **changes)
    actions.take(node, made, actor="officer")
    return made


def processing(node: Node, **changes: Any) -> str:
    """A complete application that is assessed."""
    made = screened(node, **changes)
    actions.mark_complete(node, made, actor="officer")
    return made


def assessed(node: Node, *, but: tuple[str, ...] = (), **changes: Any) -> str:
    """An application of which everything holds except some items, its fees accepted."""
    made = processing(node, **changes)
    for item in weighing.items(day(node)):
        actions.assess(node, made, item, holds=item not in but, reason=f"About {item}.", actor="officer")
    lines = [{"label": "access body", "amount": "600.00"}, {"label": "holder", "amount": "400.00"}]
    actions.estimate(node, made, amount="1000.00", lines=lines, actor="officer")
    actions.accept_fees(node, made, amount="1000.00", actor=changes.get("actor", "user"))
    return made


def granted(node: Node, **changes: Any) -> Application:
    """A granted application, with its permit."""
    return actions.decide(node, assessed(node, **changes), "granted", reasons="All criteria hold.", actor="officer")


def requested(node: Node) -> str:
    """A request for statistics, submitted."""
    made = actions.start(node, actor="user", kind="request")
    whole = document(node)
    body = {name: whole[name] for name in ("sources", "public", "applicant", "confirmation")}
    body["purpose"] = {name: whole["purpose"][name] for name in ("basis", "aim", "benefit", "attested", "dignity")}
    body["statistics"] = {
        "question": "How many?",
        "measures": ["count"],
        "groups": ["sex"],
        "safeguards": "None sees rows.",
    }
    body["purpose"]["lawfulness"] = "Art. 6(1)(e)."
    fill(node, made, body)
    actions.submit(node, made.id, actor="user")
    return made.id


def due(node: Node) -> str:
    """A request for statistics that was granted and waits for its answer; its id."""
    made = requested(node)
    actions.take(node, made, actor="officer")
    actions.mark_complete(node, made, actor="officer")
    for item in weighing.items(day(node)):
        actions.assess(node, made, item, holds=True, reason=f"About {item}.", actor="officer")
    actions.estimate(node, made, amount="0.00", lines=[{"label": "body", "amount": "0.00"}], actor="officer")
    actions.accept_fees(node, made, amount="0.00", actor="user")
    actions.decide(node, made, "granted", reasons="Counts.", actor="officer")
    return made


def kept(
    node: Node, made: str, data: bytes = TABLE, statement: Statement = BY_SEX, *, actor: str = "officer", **more: Any
) -> AnswerTable:
    """Keep a table of the answer to an application."""
    return actions.keep_table(node, made, data, statement, **{"title": "By sex", "actor": actor} | more)


def confirmed(send: Callable[..., Any], url: str, written: dict[str, Any], **named: Any) -> Any:
    """Send what is to be published, and confirm it as it is shown."""
    form = send(url, written, **named).context["form"]
    shown = {name: form[name].value() for name in ("published", "seen")}
    return send(url, {**written, **shown, "confirmed": "on"}, **named)


def day(node: Node) -> date:
    """The node's day."""
    return node.today()


def judged_by_law(node: Node, made: str) -> Application:
    """Take an application from where it stands to a grant."""
    state = ApplicationRow.objects.get(id=made).state
    if state == "submitted":
        actions.take(node, made, actor="officer")
        actions.mark_complete(node, made, actor="officer")
    for item in weighing.items(day(node)):
        actions.assess(node, made, item, holds=True, reason=f"About {item}.", actor="officer")
    actions.estimate(node, made, amount="5.00", lines=[{"label": "body", "amount": "5.00"}], actor="officer")
    actions.accept_fees(node, made, amount="5.00", actor="user")
    return actions.decide(node, made, "granted", reasons="All criteria hold.", actor="officer")


def opened(node: Node, application: Application) -> None:
    """Open a granted application's data, as its first extract does."""
    with transaction.atomic():
        data_opened(node, application.permit, "extract-first", actor="steward")
