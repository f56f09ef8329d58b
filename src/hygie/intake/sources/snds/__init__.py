"""Claims, hospital stays and causes of death of the French national health data system, in the SNDS's own tables."""

from hygie.intake.sources.snds.deliver import deliver, natives
from hygie.intake.sources.snds.reading import Staged
from hygie.intake.sources.snds.schema import edition, fingerprint, published
from hygie.intake.sources.snds.stage import stage

__all__ = ["Staged", "deliver", "edition", "fingerprint", "natives", "published", "stage"]
