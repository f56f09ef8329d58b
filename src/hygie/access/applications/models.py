"""Applications, what happened to them, what was found of them, and what is due because of them."""

from __future__ import annotations

from django.db import models


class ApplicationRow(models.Model):
    id = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=16)
    track = models.CharField(max_length=24)
    state = models.CharField(max_length=24)
    author = models.CharField(max_length=64, db_index=True)
    officer = models.CharField(max_length=64, default="")
    template = models.CharField(max_length=64)
    document = models.JSONField(default=dict)
    revisions = models.JSONField(default=dict)
    written = models.JSONField(null=True)  # what the applicant wrote since it was handed in, until it is handed in too
    amends = models.CharField(max_length=64, default="")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    # Read out of the document whenever it changes, for lists and the register.
    title = models.CharField(max_length=500, default="")
    lay_summary = models.TextField(default="")
    organisation = models.CharField(max_length=300, default="")
    organisation_key = models.CharField(max_length=300, default="", db_index=True)
    business_key = models.CharField(max_length=300, default="", db_index=True)
    applicant_kind = models.CharField(max_length=64, default="")
    country = models.CharField(max_length=2, default="")
    parent = models.CharField(max_length=300, default="")
    basis = models.CharField(max_length=24, default="")

    submitted_at = models.DateTimeField(null=True)
    complete_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    changed_state_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    due_rule = models.CharField(max_length=24, default="")
    wake_on = models.DateField(null=True, db_index=True)
    fees = models.JSONField(null=True)
    fees_accepted_at = models.DateTimeField(null=True)

    outcome = models.CharField(max_length=16, default="")
    reasons = models.TextField(default="")
    grounds = models.JSONField(default=list)
    decided_by = models.CharField(max_length=64, default="")
    permit = models.CharField(max_length=64, default="", db_index=True)
    published_reasons = models.TextField(default="")
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [
            # Each holds all that a list's filter and order read, so that the rows themselves, which are long, are not.
            models.Index(fields=["state", "due_on", "track", "submitted_at", "officer", "id"], name="app_queue"),
            models.Index(fields=["state", "submitted_at", "id"], name="app_state"),
            models.Index(fields=["outcome", "submitted_at", "id"], name="app_outcome"),
            models.Index(fields=["kind", "submitted_at", "id"], name="app_kind"),
            models.Index(fields=["submitted_at", "id", "state", "title", "organisation"], name="app_words"),
            models.Index(fields=["state", "outcome", "kind", "due_on", "submitted_at", "id"], name="app_answers"),
            models.Index(fields=["applicant_kind", "submitted_at"], name="app_applicants"),
            models.Index(fields=["kind", "basis", "decided_at", "outcome", "id"], name="app_precedents"),
            models.Index(fields=["outcome", "published_at", "grounds", "id"], name="app_grounds"),
            models.Index(fields=["amends", "submitted_at"], name="app_amends"),
        ]


class MemberRow(models.Model):
    """Who is of an application's team, by account."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="members")
    account = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "account"], name="app_member")]


class DatasetRow(models.Model):
    """Which datasets an application asks for."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="datasets")
    dataset = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "dataset"], name="app_dataset")]


class EventRow(models.Model):
    """What happened to an application, in order; `index` is its place in the ledger."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=48)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    reason = models.TextField(default="")
    body = models.JSONField(default=dict)
    index = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["application", "id"], name="app_events"),
            models.Index(fields=["id"], name="app_results", condition=models.Q(kind="results.published")),
        ]


class LegRow(models.Model):
    """How long an application was on one leg of its way, written when the leg ends."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="legs")
    leg = models.CharField(max_length=24)
    track = models.CharField(max_length=24)
    basis = models.CharField(max_length=24)
    ended_on = models.DateField()
    days = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["leg", "days"], name="app_leg"),
            models.Index(fields=["track", "leg", "days"], name="app_leg_track"),
            models.Index(fields=["track", "basis", "leg", "days"], name="app_leg_like"),
        ]


class AssessmentRow(models.Model):
    """What an assessor found of one criterion or risk; the latest that is not void counts, the others stay."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="assessments")
    item = models.CharField(max_length=24)
    holds = models.BooleanField()
    reason = models.TextField()
    assessor = models.CharField(max_length=64)
    at = models.DateTimeField()
    void = models.BooleanField(default=False)  # the text changed since


class MessageRow(models.Model):
    """A question or an answer in an application's thread."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="messages")
    author = models.CharField(max_length=64)
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["author", "at"], name="app_messages")]


class AnswerTableRow(models.Model):
    """A table of an answer in statistics: its file is sealed under its own key, in `answers/<id>.sealed`."""

    id = models.CharField(max_length=64, primary_key=True)
    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="answers")
    title = models.CharField(max_length=200)
    columns = models.JSONField()
    lines = models.IntegerField()
    bytes = models.IntegerField()
    preset = models.CharField(max_length=64)
    mended = models.BooleanField(default=False)
    sha256 = models.CharField(max_length=64)
    content = models.CharField(max_length=64, default="")  # the ledger's commitment, once it is given
    key_id = models.CharField(max_length=64)
    sealed = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class TaskRow(models.Model):
    """What a holder owes because of a decision: a delivery of one dataset, then the opening of the data."""

    id = models.CharField(max_length=64, primary_key=True)
    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="tasks")
    kind = models.CharField(max_length=24)
    rule = models.CharField(max_length=24)
    permit = models.CharField(max_length=64, default="", db_index=True)
    dataset = models.CharField(max_length=64, default="")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    extended = models.BooleanField(default=False)
    reason = models.TextField(default="")
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [models.Index(fields=["kind", "done_at", "due_on"], name="app_tasks")]


class DeadlineRow(models.Model):
    """A day that is still ahead, or past, of a decided application: one for each of its clocks that runs."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="deadlines")
    rule = models.CharField(max_length=24)
    due_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "rule"], name="app_deadline")]
        indexes = [models.Index(fields=["due_on", "id"], name="app_deadlines")]


class ExtensionRow(models.Model):
    """A longer time for results that a user asked for, until the access body has said yes or no."""

    application = models.ForeignKey(ApplicationRow, on_delete=models.PROTECT, related_name="extensions")
    rule = models.CharField(max_length=24)
    until = models.DateField()
    due_on = models.DateField()  # as the day stood when it was asked
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["answered_at", "due_on", "id"], name="app_longer")]


class ExclusionRow(models.Model):
    """An organisation or a natural person that may not apply, from one day to another."""

    id = models.CharField(max_length=64, primary_key=True)
    organisation = models.CharField(max_length=300)
    organisation_key = models.CharField(max_length=300, db_index=True)
    business_key = models.CharField(max_length=300, default="", db_index=True)
    start = models.DateField()
    end = models.DateField()
    reason = models.TextField()  # as it stays in the file
    published_reason = models.TextField(default="")
    natural_person = models.BooleanField(default=False)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=64, default="")


class EnforcementRow(models.Model):
    """A procedure against a user or a holder: what is held against it, its hearing, the measures, the appeal."""

    id = models.CharField(max_length=64, primary_key=True)
    subject = models.CharField(max_length=16)
    organisation = models.CharField(max_length=300)
    country = models.CharField(max_length=2)
    business_id = models.CharField(max_length=60, default="")
    permit = models.CharField(max_length=64, default="", db_index=True)
    task = models.CharField(max_length=64, default="")
    breach = models.CharField(max_length=24)
    facts = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=64)
    hearing_until = models.DateField()
    views = models.TextField(default="")
    heard_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True, db_index=True)
    decided_by = models.CharField(max_length=64, default="")
    measures = models.JSONField(default=list)
    reasons = models.TextField(default="")  # as they stay in the file
    published_reasons = models.TextField(default="")
    natural_person = models.BooleanField(default=False)
    rate = models.CharField(max_length=16, default="")
    excluded_until = models.DateField(null=True)
    appeal = models.TextField(default="")
    appealed_at = models.DateTimeField(null=True)


class OutgoingRow(models.Model):
    """A message drafted for another body; the node sends nothing by itself."""

    id = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=24)
    recipient = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, db_index=True)
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    drafted_at = models.DateTimeField(db_index=True)
    due_on = models.DateField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=64, default="")
