"""What can be done to accounts and their sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction

from hygie.base.engine.node import Node
from hygie.base.kernel import Fact, check_name, new_id, refuse
from hygie.base.ledger import actions as ledger
from hygie.commons.people.course import course
from hygie.commons.people.models import Account, Attestation, Session, TrainingTry
from hygie.commons.people.policy import check
from hygie.commons.people.values import (
    LANGUAGES,
    LEVELS,
    LONGEST_HOLDER,
    MEANS,
    ORGANISATIONS,
    ROLES,
    SESSION_HOURS,
    Person,
)

SEEN_EVERY = timedelta(minutes=1)
TRIED_WITHIN, TRAINING_TRIES = timedelta(hours=1), 3


def add_account(
    node: Node,
    name: str,
    roles: Sequence[str],
    *,
    actor: str,
    organisation: str = "",
    language: str = "",
    holder: str = "",
) -> Person:
    """Add a named account with its roles.

    Parameters
    ----------
    name : str             1 to 64 of a-z, 0-9, dot, dash, underscore
    roles : Sequence[str]  one or more of `people.values.ROLES`
    actor : str            an account that may add accounts; `node` while none exists
    organisation : str     of `people.values.ORGANISATIONS`, or empty
    language : str         of `people.values.LANGUAGES`, or empty for the browser's
    holder : str           whom a steward speaks for, as descriptions name it; empty for the node's own data office

    Errors      KER-103, PPL-101, PPL-103 the name is taken, PPL-104 no such role, PPL-121 no such kind or language,
                PPL-135 the holder's name is too long
    """
    check_name(name)
    if actor != "node" or Account.objects.exists():
        check(actor, "account.add", {})
    kept = checked_roles(roles)
    check_word(organisation, ORGANISATIONS, "organisation")
    check_word(language, LANGUAGES, "language")
    speaks_for = checked_holder(holder)
    with transaction.atomic():
        if Account.objects.filter(name=name).exists():
            raise refuse("PPL-103", name=name)
        at = node.clock()
        Account.objects.create(
            name=name,
            roles=kept,
            created_at=at,
            password="!",  # noqa: S106
            organisation=organisation,
            language=language,
            holder=speaks_for,
        )
        body = {"roles": kept, **({"holder": speaks_for} if speaks_for else {})}
        ledger.append([Fact("account.added", name, actor, at, body)])
    return Person(name, tuple(kept), speaks_for)


def checked_roles(roles: Sequence[str]) -> list[str]:
    """Return roles in order, each once; PPL-104 for one that does not exist, or none at all."""
    for role in roles:
        if role not in ROLES:
            raise refuse("PPL-104", found=role[:40], accepted=", ".join(ROLES))
    if not roles:
        raise refuse("PPL-104", found="–", accepted=", ".join(ROLES))
    return sorted(set(roles))


def check_word(word: str, accepted: Sequence[str], path: str) -> None:
    """Refuse a word that is not of a list; PPL-121. An empty one says nothing."""
    if word and word not in accepted:
        raise refuse("PPL-121", path=f"$.{path}", found=word[:40], accepted=", ".join(accepted))


def checked_holder(holder: str) -> str:
    """Return a holder's name without the space around it; PPL-135 when it is too long."""
    if len(holder) > LONGEST_HOLDER:
        raise refuse("PPL-135", path="$.holder", found=len(holder), accepted=LONGEST_HOLDER)
    return holder.strip()


def locked(name: str) -> Account:
    """Return an account to change, held until the transaction ends; PPL-102 when there is none."""
    account = Account.objects.select_for_update().filter(name=name).first()
    if account is None:
        raise refuse("PPL-102", name=name[:64])
    return account


def keep_one_operator(account: Account) -> None:
    """Refuse to take the last operator from a node; PPL-118."""
    others = Account.objects.filter(is_active=True).exclude(pk=account.pk)
    if account.is_active and "operator" in account.roles and not any("operator" in each.roles for each in others):
        raise refuse("PPL-118", name=account.name)


def end_all(account: Account, node: Node) -> int:
    """End every session of an account inside the caller's transaction, and return how many there were."""
    account.rights_version += 1
    return Session.objects.filter(account=account, ended_at=None).update(ended_at=node.clock())


def set_roles(node: Node, name: str, roles: Sequence[str], *, actor: str) -> Person:
    """Give an account other roles; all its sessions end at once.

    Parameters
    ----------
    name : str
    roles : Sequence[str]  one or more of `people.values.ROLES`

    Errors      PPL-101, PPL-102, PPL-104, PPL-118 it is the last operator
    """
    check(actor, "account.manage", {})
    kept = checked_roles(roles)
    with transaction.atomic():
        account = locked(name)
        if "operator" not in kept:
            keep_one_operator(account)
        if account.roles != kept:
            ended = end_all(account, node)
            body = {"roles": kept, "before": list(account.roles), "sessions_ended": ended}
            account.roles = kept
            account.save(update_fields=["roles", "rights_version"])
            ledger.append([Fact("account.roles-changed", name, actor, node.clock(), body)])
    return Person(name, tuple(kept), account.holder)


def set_holder(node: Node, name: str, holder: str, *, actor: str) -> Person:
    """Have a steward's account speak for one health data holder, or for all; all its sessions end at once.

    Parameters
    ----------
    name : str
    holder : str    as descriptions of its datasets name it, at most 300 characters; empty: the node's own data office

    Errors      PPL-101, PPL-102, PPL-135
    """
    check(actor, "account.manage", {})
    speaks_for = checked_holder(holder)
    with transaction.atomic():
        account = locked(name)
        if account.holder != speaks_for:
            body = {"holder": speaks_for, "before": account.holder, "sessions_ended": end_all(account, node)}
            account.holder = speaks_for
            account.save(update_fields=["holder", "rights_version"])
            ledger.append([Fact("account.holder-changed", name, actor, node.clock(), body)])
    return Person(name, tuple(account.roles), speaks_for)


def set_active(node: Node, name: str, active: bool, *, actor: str) -> None:
    """Disable an account, which ends all its sessions at once, or let it act again.

    Parameters
    ----------
    name : str
    active : bool   False disables

    Errors      PPL-101, PPL-102, PPL-118 it is the last operator
    """
    check(actor, "account.manage", {})
    with transaction.atomic():
        account = locked(name)
        if account.is_active == active:
            return
        if not active:
            keep_one_operator(account)
        ended = end_all(account, node)
        account.is_active = active
        account.save(update_fields=["is_active", "rights_version"])
        kind = "account.enabled" if active else "account.disabled"
        ledger.append([Fact(kind, name, actor, node.clock(), {"sessions_ended": ended})])


def link(node: Node, name: str, issuer: str, subject: str, *, actor: str) -> None:
    """Bind an account to the identity a provider gives; its sessions end at once, its passkeys go with another one.

    Parameters
    ----------
    name : str
    issuer : str    the provider's issuer, as its tokens name it
    subject : str   the provider's `sub` for this person; empty takes the identity away

    Errors      PPL-101, PPL-102, PPL-122 the identity belongs to another account
    """
    check(actor, "account.manage", {})
    with transaction.atomic():
        account = locked(name)
        taken = Account.objects.filter(issuer=issuer, subject=subject).exclude(pk=account.pk)
        if subject and taken.exists():
            raise refuse("PPL-122", name=name)
        end_all(account, node)
        before = (account.issuer, account.subject)
        account.issuer, account.subject = (issuer[:255], subject[:255]) if subject else ("", "")
        account.save(update_fields=["issuer", "subject", "rights_version"])
        passkeys = Authenticator.objects.filter(user=account)
        gone = passkeys.delete()[0] if before != (account.issuer, account.subject) else 0
        body = {"linked": bool(subject), "passkeys_removed": gone}
        ledger.append([Fact("account.linked", name, actor, node.clock(), body)])


def set_language(node: Node, language: str, *, actor: str) -> None:  # noqa: ARG001
    """Keep the language an account reads; PPL-121 for one that Hygie does not speak."""
    check_word(language, LANGUAGES, "language")
    Account.objects.filter(name=actor).update(language=language)


def begin_session(node: Node, name: str, *, means: str, assurance: str = "") -> str:
    """Record that an account signed in, and return the session's id.

    Parameters
    ----------
    name : str
    means : str       of `people.values.MEANS`
    assurance : str   of `people.values.LEVELS`; empty for a local sign-in

    Errors      PPL-102, PPL-119 the account was disabled, PPL-113 the level is low, PPL-121
    """
    check_word(means, MEANS, "means")
    check_word(assurance, LEVELS, "assurance")
    if assurance == "low":
        raise refuse("PPL-113", action="session.begin", name=name)
    with transaction.atomic():
        account = locked(name)
        if not account.is_active:
            raise refuse("PPL-119", name=name)
        at = node.clock()
        made = Session.objects.create(
            id=new_id("ses"), account=account, began_at=at, seen_at=at, means=means, assurance=assurance
        )
        ledger.append([Fact("session.began", made.id, name, at, {"means": means, "assurance": assurance})])
    return made.id


def see_session(node: Node, session: str) -> bool:
    """Return whether a session still runs, which it does for its hours at most, and keep when it was last seen."""
    at = node.clock()
    found = Session.objects.filter(pk=session, ended_at=None).first()
    if found is None:
        return False
    end = found.began_at + timedelta(hours=SESSION_HOURS)
    if at >= end:
        Session.objects.filter(pk=session).update(ended_at=end)
        return False
    if at - found.seen_at > SEEN_EVERY:
        Session.objects.filter(pk=session).update(seen_at=at)
    return True


def session_runs(node: Node, session: str) -> bool:
    """Return whether a session still runs, without noting that it was seen."""
    since = node.clock() - timedelta(hours=SESSION_HOURS)
    return Session.objects.filter(pk=session, ended_at=None, began_at__gt=since).exists()


def end_session(node: Node, session: str, *, actor: str) -> None:
    """End one session: one's own, or anyone's by the operator.

    Parameters
    ----------
    session : str   its id

    Errors      PPL-101, PPL-123 there is no such session that runs
    """
    with transaction.atomic():
        found = Session.objects.select_for_update().filter(pk=session, ended_at=None).select_related("account").first()
        owner = found.account.name if found else ""
        check(actor, "session.end", {"author": owner})
        if found is None:
            raise refuse("PPL-123", found=session[:40])
        at = node.clock()
        Session.objects.filter(pk=session).update(ended_at=at)
        ledger.append([Fact("session.ended", session, actor, at, {})])


def end_sessions(node: Node, name: str, *, actor: str) -> int:
    """End all sessions of an account: one's own, or anyone's by the operator, and return how many ran.

    Parameters
    ----------
    name : str   the account

    Errors      PPL-101, PPL-102
    """
    check(actor, "session.end", {"author": name})
    with transaction.atomic():
        account = locked(name)
        ended = end_all(account, node)
        account.save(update_fields=["rights_version"])
        ledger.append([Fact("session.all-ended", name, actor, node.clock(), {"sessions_ended": ended})])
    return ended


def attest(node: Node, answers: Mapping[str, str], *, actor: str) -> datetime:
    """Mark an account's answers to the training, record the attestation, and return when it ends.

    Parameters
    ----------
    answers : Mapping   of each question's id, the letter chosen: `a`, `b` or `c`
    actor : str         who answered; nobody answers for another

    Errors      PPL-101; PPL-130 questions are left open; PPL-131 too few answers are right, without saying how many;
                PPL-136 three tries failed within an hour
    Source      law rule FR-11
    """
    check(actor, "training.attest", {})
    taken = course()
    missing, wrong = taken.missing(answers), taken.wrong(answers)
    if missing:
        asked = len(taken.questions)
        counts = {"given": len(answers), "valid": asked - len(missing), "found": len(missing), "accepted": asked}
        raise refuse("PPL-130", path="$.answers", **counts)
    right = len(taken.questions) - len(wrong)
    passed = right >= taken.needed
    with transaction.atomic():
        at, account = node.clock(), locked(actor)
        try_once(account, at, passed=passed)
        if passed:
            until = taken.until(at)
            marks = {"course": taken.version, "right": right, "asked": len(taken.questions)}
            Attestation.objects.create(account=account, at=at, until=until, **marks)
            ledger.append([Fact("training.attested", actor, actor, at, {**marks, "until": until.isoformat()})])
    if not passed:
        raise refuse("PPL-131", asked=len(taken.questions), accepted=taken.needed)
    return until


def try_once(account: Account, at: datetime, *, passed: bool) -> None:
    """Refuse a try at the training after too many that failed within an hour, and keep one that fails; PPL-136."""
    TrainingTry.objects.filter(account=account, at__lte=at - TRIED_WITHIN).delete()
    failed = list(TrainingTry.objects.filter(account=account).order_by("at").values_list("at", flat=True))
    if len(failed) >= TRAINING_TRIES:
        raise refuse("PPL-136", found=len(failed), accepted=f"{failed[0] + TRIED_WITHIN:%H:%M}")
    if not passed:
        TrainingTry.objects.create(account=account, at=at)
