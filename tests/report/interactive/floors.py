"""A run's tables as the commands write them where counts of few patients are not shown."""

from dataclasses import replace

from retina_vae.clusters.description import count_table, withheld_counts
from retina_vae.disclosure import suppress_profiles
from retina_vae.report import RunTables
from tests.report.trust import counts_of


def with_floor(tables: RunTables, floor: int) -> RunTables:
    disclosure = tables.configuration.disclosure.model_copy(update={"small_cell_floor": floor})
    counted = tables.patients, tables.assignments["cluster"], tables.schema
    withheld = withheld_counts(count_table(*counted, floor=floor))
    profiles = suppress_profiles(tables.meaning.profiles, withheld, tables.sizes, floor)
    return replace(
        tables,
        configuration=tables.configuration.model_copy(update={"disclosure": disclosure}),
        table1=counts,
        counts=counts_of(tables.patients, tables.assignments["cluster"].to_numpy(), tables.schema, floor),
        meaning=replace(tables.meaning, profiles=profiles),
    )
