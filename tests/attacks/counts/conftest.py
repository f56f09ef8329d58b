"""The catalogue's small hospital, to be asked too much."""

from tests.access.catalogue.conftest import ingested as ingested
from tests.access.catalogue.conftest import listed as listed
