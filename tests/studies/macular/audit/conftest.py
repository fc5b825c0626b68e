"""The rules behind the printed table, which most tests of the audit apply."""

import pytest

from retina_vae.clusters.description.conditions import Disjunction
from retina_vae.studies.macular.audit import packaged_rules, parse_rules
from retina_vae.studies.macular.schema import MACULAR


@pytest.fixture(scope="session")
def rules() -> dict[int, Disjunction]:
    return parse_rules(packaged_rules(), MACULAR)
