"""What the catalogue keeps: descriptions by version, measured figures by edition, answers to counts, and its index."""

from __future__ import annotations

from django.db import models

NARROW = ("dataset", "categories", "holder", "standard", "country", "synthetic", "checked_on")


class Described(models.Model):
    dataset = models.CharField(max_length=64)
    version = models.IntegerField()
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    described_at = models.DateTimeField()
    described_by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "version"], name="one_description_a_version")]


class DescriptionCheck(models.Model):
    """That a description was checked and still held; the yearly check of art. 60(3)."""

    dataset = models.CharField(max_length=64)
    version = models.IntegerField()
    checked_on = models.DateField()
    checked_at = models.DateTimeField()
    checked_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "version", "checked_on"], name="one_check_a_day"),
        ]


class RevokedLabel(models.Model):
    """That a quality label was found wrong; the same label never stands again."""

    dataset = models.CharField(max_length=64)
    label = models.CharField(max_length=64)
    reason = models.TextField()
    published_reason = models.TextField(default="")
    revoked_at = models.DateTimeField(db_index=True)
    revoked_by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "label"], name="one_revocation_a_label")]


class OfSnapshot(models.Model):
    """What was found on a snapshot: which one, of which edition, and the fingerprint of what is published of it."""

    dataset = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    snapshot = models.CharField(max_length=64)
    snapshot_version = models.IntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        abstract = True


class Measured(OfSnapshot):
    figures = models.TextField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "edition"], name="one_measure_an_edition")]


class Assessed(OfSnapshot):
    """What the quality checks found on a snapshot: exact for its steward, and as everyone may read it."""

    delivered = models.CharField(max_length=40)
    definitions = models.CharField(max_length=16)
    opt_outs = models.CharField(max_length=64)
    exact = models.TextField()
    public = models.TextField()
    counts = models.TextField(default="")  # of `public`: checks by category and status, which lists and charts read
    assessed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "snapshot", "definitions", "opt_outs"], name="one_assessment_a_snapshot"
            ),
        ]


class Entry(models.Model):
    """One row a described dataset: what lists, search and facets read; made from the other tables, never by hand."""

    dataset = models.CharField(max_length=64, primary_key=True)
    sort_en = models.CharField(max_length=300)
    sort_fr = models.CharField(max_length=300)
    categories = models.CharField(max_length=17)
    holder = models.CharField(max_length=300)
    country = models.CharField(max_length=2)
    standard = models.CharField(max_length=100)
    synthetic = models.CharField(max_length=10)
    checked_on = models.DateField()
    trusted_until = models.DateField(null=True)
    persons = models.IntegerField(null=True)
    below = models.IntegerField(default=0)
    base = models.IntegerField(default=0)
    first_year = models.IntegerField(null=True)
    last_year = models.IntegerField(null=True)
    measured_at = models.DateTimeField(null=True)
    described_at = models.DateTimeField()
    title_en = models.CharField(max_length=300)
    title_fr = models.CharField(max_length=300)
    summary_en = models.TextField()
    summary_fr = models.TextField()
    label = models.CharField(max_length=8, default="")  # stands, fallen, revoked, missing; empty for none

    class Meta:
        indexes = [  # all that a list without a search reads, in the order of the titles
            models.Index(fields=[f"sort_{language}", *NARROW], name=f"narrow_{language}") for language in ("en", "fr")
        ]


class Posting(models.Model):
    """That a dataset's words, codes or labels have a word, and how much that counts; made with its entry."""

    word = models.CharField(max_length=40)
    dataset = models.CharField(max_length=64, db_index=True)
    weight = models.SmallIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["word", "dataset", "weight"], name="postings"),
            models.Index(fields=["word"], name="postings_prefix", opclasses=["varchar_pattern_ops"]),
        ]


class TrustedHolder(models.Model):
    """A holder that the access body trusts until a review; one row a mark, ended rows stay."""

    id = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=300)
    since = models.DateField()
    review_on = models.DateField()
    reason = models.TextField()
    trusted_at = models.DateTimeField()
    trusted_by = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, default="")
    ended_reason = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["holder"], condition=models.Q(ended_at__isnull=True), name="one_mark_a_holder"
            ),
        ]


class CountKey(models.Model):
    dataset = models.CharField(max_length=64, primary_key=True)
    key_id = models.CharField(max_length=64)


class Answer(models.Model):
    """What a question about an edition was answered, once: under which preset, and without which refusals."""

    dataset = models.CharField(max_length=64)
    edition = models.CharField(max_length=64)
    opt_outs = models.CharField(max_length=64)
    preset = models.CharField(max_length=40)
    answered_at = models.DateTimeField()

    class Meta:
        abstract = True


class CountAnswer(Answer):
    criteria = models.CharField(max_length=64)
    shown = models.IntegerField(null=True)
    below = models.IntegerField()
    base = models.IntegerField()
    epsilon = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "edition", "criteria"], name="one_answer_a_question"),
        ]


class Belonging(models.Model):
    account = models.CharField(max_length=64, primary_key=True)
    organisation = models.CharField(max_length=200)


class Expense(models.Model):
    """What an organisation's question cost of a dataset's budget, in thousandths of epsilon."""

    organisation = models.CharField(max_length=300)
    dataset = models.CharField(max_length=64)
    epsilon = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "organisation", "at"])]


class CountAsking(models.Model):
    account = models.CharField(max_length=64)
    dataset = models.CharField(max_length=64, default="")
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "asked_at"])]


class UniquenessAnswer(Answer):
    question = models.CharField(max_length=64)
    document = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "edition", "question", "opt_outs"], name="one_uniqueness_a_question"
            ),
        ]


class Harvest(models.Model):
    """Another catalogue whose records were taken."""

    source = models.CharField(max_length=505, primary_key=True)
    title = models.CharField(max_length=300)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    complete = models.BooleanField()
    refused = models.TextField()
    about = models.TextField()


class HarvestedRecord(models.Model):
    """A record of another catalogue, as it was read; never mixed with this node's own."""

    key = models.CharField(max_length=16, primary_key=True)
    source = models.CharField(max_length=505, db_index=True)
    address = models.CharField(max_length=500)
    title_en = models.CharField(max_length=300)
    title_fr = models.CharField(max_length=300)
    summary_en = models.TextField()
    summary_fr = models.TextField()
    publisher = models.CharField(max_length=300)
    landing = models.CharField(max_length=500)
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    first_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    search = models.TextField()
