"""Accounts, sessions and training, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Router, Schema, Status
from ninja.pagination import PageNumberPagination, paginate

from hygie.commons.people import actions, doors, passkeys, policy, queries
from hygie.commons.people.course import course
from hygie.commons.people.values import AccountView, SessionView
from hygie.commons.web import current
from hygie.commons.web.schema import Body

router = Router(tags=["people"])
PAGE = 50
Name = Annotated[str, Field(min_length=1, max_length=64)]
Holder = Annotated[str, Field(max_length=300)]
Word = Annotated[str, Field(max_length=32)]


class Pages(PageNumberPagination):
    """Pages by number, within bounds that the description tells."""

    class Input(Schema):
        """Which page, and how many it holds."""

        page: int = Field(1, ge=1, le=1_000_000)
        page_size: int | None = Field(None, ge=1, le=200)


class AccountOut(Schema):
    """An account: roles, whether it may act, training."""

    name: str
    roles: list[str]
    active: bool
    organisation: str
    holder: str
    language: str
    linked: bool
    trained_until: datetime | None


class AccountIn(Body):
    """A new account."""

    name: Name
    roles: list[Word] = Field(max_length=12)
    organisation: Word = ""
    language: Word = ""
    holder: Holder = ""


class RolesIn(Body):
    """The roles an account shall have."""

    roles: list[Word] = Field(max_length=12)


class HolderIn(Body):
    """The holder that a steward speaks for; empty for the node's own data office."""

    holder: Holder


class IdentityIn(Body):
    """The identity an account is bound to; an empty subject takes it away."""

    issuer: str = Field(max_length=255)
    subject: str = Field(max_length=255)


class SessionOut(Schema):
    """A session that runs; its id is not the secret that the browser holds."""

    id: str
    account: str
    began_at: datetime
    seen_at: datetime
    means: str
    assurance: str


class LanguageIn(Body):
    """The language that an account reads; empty for the browser's."""

    language: Word


class PasskeyOut(Schema):
    """A passkey: how its owner calls it, and when it was made and used. Its secret stays in its owner's device."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


class Ended(Schema):
    """How many sessions ended."""

    ended: int


class LessonOut(Schema):
    """A lesson of the training and its questions, without the right answers."""

    id: str
    title: dict[str, str]
    text: dict[str, list[str]]
    questions: list[dict[str, object]]


class CourseOut(Schema):
    """The training."""

    version: str
    months: int
    needed: int
    lessons: list[LessonOut]


class CourseIn(Body):
    """Of each question's id, the letter chosen."""

    answers: dict[Word, Word] = Field(max_length=100)


class AttestationOut(Schema):
    """Until when an attestation runs."""

    until: datetime


def told(view: AccountView) -> AccountOut:
    """Return an account as a program reads it."""
    return AccountOut(
        name=view.name,
        roles=list(view.roles),
        active=view.active,
        organisation=view.organisation,
        holder=view.holder,
        language=view.language,
        linked=view.linked,
        trained_until=view.trained_until,
    )


def session_told(view: SessionView) -> SessionOut:
    """Return a session as a program reads it."""
    return SessionOut(
        id=view.id,
        account=view.account,
        began_at=view.began_at,
        seen_at=view.seen_at,
        means=view.means,
        assurance=view.assurance,
    )


def shown(name: str) -> AccountOut:
    """Return an account as it stands now."""
    return told(queries.account(name, current.node().clock()))


@router.get("/me", response=AccountOut, operation_id="people_me")
def me(request: HttpRequest) -> AccountOut:
    """Show one's own account."""
    return shown(current.actor(request))


@router.get("/me/sessions", response=list[SessionOut], operation_id="people_my_sessions")
def my_sessions(request: HttpRequest) -> list[SessionOut]:
    """List one's own sessions."""
    return [session_told(view) for view in queries.sessions(current.actor(request))]


@router.put("/me/language", response=AccountOut, operation_id="people_my_language")
def language(request: HttpRequest, body: LanguageIn) -> AccountOut:
    """Choose the language of the pages that one's own account reads."""
    actor = current.actor(request)
    actions.set_language(current.node(), body.language, actor=actor)
    return shown(actor)


@router.get("/me/passkeys", response=list[PasskeyOut], operation_id="people_my_passkeys")
def my_passkeys(request: HttpRequest) -> list[PasskeyOut]:
    """List one's own passkeys, the oldest first, after a sign-in of the last minutes."""
    actor = doors.proven(request, "passkey.list")
    return [
        PasskeyOut(id=each.pk, name=str(each.data.get("name", "")), made_at=each.created_at, used_at=each.last_used_at)
        for each in passkeys.mine(actor)
    ]


@router.delete("/me/passkeys/{passkey}", response={204: None}, operation_id="people_passkey_remove")
def remove_passkey(request: HttpRequest, passkey: Annotated[int, Path(ge=1, le=2**31 - 1)]) -> Status[None]:
    """Take one's own passkey away, after a sign-in of the last minutes."""
    passkeys.remove(current.node(), passkey, actor=doors.proven(request, "passkey.remove"))
    return Status(204, None)


@router.get("/training", response=CourseOut, operation_id="people_training")
def training(request: HttpRequest) -> CourseOut:
    """Read the training, in both languages."""
    current.actor(request)
    lessons = [
        LessonOut(
            id=lesson.id,
            title=dict(lesson.title),
            text={language: list(paragraphs) for language, paragraphs in lesson.text.items()},
            questions=[
                {"id": question.id, "ask": dict(question.ask), "options": question.options}
                for question in lesson.questions
            ],
        )
        for lesson in course().lessons
    ]
    taken = course()
    return CourseOut(version=taken.version, months=taken.months, needed=taken.needed, lessons=lessons)


@router.post("/training", response=AttestationOut, operation_id="people_training_attest")
def attest(request: HttpRequest, body: CourseIn) -> AttestationOut:
    """Hand one's own answers to the training in; an attestation for a year follows when they are right."""
    until = actions.attest(current.node(), body.answers, actor=current.actor(request))
    return AttestationOut(until=until)


@router.get("/accounts", response=list[AccountOut], operation_id="people_accounts")
@paginate(Pages, page_size=PAGE)
def accounts(request: HttpRequest) -> queries.Accounts:
    """List the accounts with their roles, a page at a time; the operator."""
    policy.check_role(current.actor(request), "account.manage")
    return queries.accounts(current.node().clock())


@router.post("/accounts", response={201: AccountOut}, operation_id="people_account_add")
def add(request: HttpRequest, body: AccountIn) -> Status[AccountOut]:
    """Add an account with its roles; the operator."""
    actions.add_account(
        current.node(),
        body.name,
        body.roles,
        actor=current.actor(request),
        organisation=body.organisation,
        language=body.language,
        holder=body.holder,
    )
    return Status(201, shown(body.name))


@router.get("/accounts/{name}", response=AccountOut, operation_id="people_account")
def account(request: HttpRequest, name: Name) -> AccountOut:
    """Show one account with its roles, its holder and whether it may act; the operator."""
    policy.check_role(current.actor(request), "account.manage")
    return shown(name)


@router.put("/accounts/{name}/roles", response=AccountOut, operation_id="people_account_roles")
def roles(request: HttpRequest, name: Name, body: RolesIn) -> AccountOut:
    """Give an account other roles; its sessions end."""
    actions.set_roles(current.node(), name, body.roles, actor=current.actor(request))
    return shown(name)


@router.put("/accounts/{name}/holder", response=AccountOut, operation_id="people_account_holder")
def holder(request: HttpRequest, name: Name, body: HolderIn) -> AccountOut:
    """Have a steward's account speak for one holder, or for all; its sessions end."""
    actions.set_holder(current.node(), name, body.holder, actor=current.actor(request))
    return shown(name)


@router.put("/accounts/{name}/identity", response=AccountOut, operation_id="people_account_identity")
def identity(request: HttpRequest, name: Name, body: IdentityIn) -> AccountOut:
    """Bind an account to a provider's identity; its sessions end."""
    actions.link(current.node(), name, body.issuer, body.subject, actor=current.actor(request))
    return shown(name)


@router.post("/accounts/{name}/disable", response=AccountOut, operation_id="people_account_disable")
def disable(request: HttpRequest, name: Name) -> AccountOut:
    """Disable an account; its sessions end."""
    actions.set_active(current.node(), name, False, actor=current.actor(request))
    return shown(name)


@router.post("/accounts/{name}/enable", response=AccountOut, operation_id="people_account_enable")
def enable(request: HttpRequest, name: Name) -> AccountOut:
    """Let a disabled account act again."""
    actions.set_active(current.node(), name, True, actor=current.actor(request))
    return shown(name)


@router.delete("/accounts/{name}/sessions", response=Ended, operation_id="people_account_sessions_end")
def end_all(request: HttpRequest, name: Name) -> Ended:
    """End all sessions of an account: one's own, or anyone's by the operator."""
    return Ended(ended=actions.end_sessions(current.node(), name, actor=current.actor(request)))


@router.get("/sessions", response=list[SessionOut], operation_id="people_sessions")
@paginate(Pages, page_size=PAGE)
def sessions(request: HttpRequest) -> list[SessionOut]:
    """List the sessions that run, for the operator."""
    policy.check_role(current.actor(request), "account.manage")
    return [session_told(view) for view in queries.sessions()]


@router.delete("/sessions/{session}", response={204: None}, operation_id="people_session_end")
def end(request: HttpRequest, session: Annotated[str, Field(max_length=40)]) -> Status[None]:
    """End one session: one's own, or anyone's by the operator."""
    actions.end_session(current.node(), session, actor=current.actor(request))
    return Status(204, None)
