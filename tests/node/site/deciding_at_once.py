"""Run beside a PostgreSQL server: pages of a seeded node, then two officers who decide one case at the same moment."""

import sys
import tempfile
import threading
from pathlib import Path

from hygie.node.bench import site

MOST_QUERIES = 40


def decided(node) -> list[str]:
    """Have two officers refuse one case at once; return what each was told."""
    from django.db import connection

    from hygie.access.applications import actions
    from hygie.access.applications.decision.weighing import items
    from hygie.access.applications.models import ApplicationRow, AssessmentRow
    from hygie.base.kernel import Refusal

    case, at = ApplicationRow.objects.filter(state="processing").first(), node.clock()
    for item in items(at.date()):
        AssessmentRow.objects.create(
            application=case, item=item, holds=item != "68(1)(b)", reason="Weighed.", assessor="officer", at=at
        )
    told, ready = [], threading.Barrier(2)

    def decide(officer: str) -> None:
        ready.wait()
        try:
            actions.decide(node, case.id, "refused", reasons="Too many.", grounds=("68(1)(b)",), actor=officer)
            told.append("decided")
        except Refusal as refusal:
            told.append(refusal.verdict.reasons[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("officer-0", "officer-1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert case.events.filter(kind="application.decided").count() == 1
    return sorted(told)


def main() -> None:
    """Seed, ask, decide, verify."""
    from hygie.base.ledger import actions as ledger

    with tempfile.TemporaryDirectory() as folder, site.throwaway(Path(folder)) as node:
        held = site.seed(node, 300)
        for name, client, url in site.pages(held):
            found = site.ask(client, url, 1)
            assert found["queries"] <= MOST_QUERIES, (name, found)
        assert decided(node) == ["APP-202", "decided"]
        ledger.verify(node.keys, origin=ledger.origin_of(node.id))
        sys.stdout.write(site.engine())


if __name__ == "__main__":
    main()
