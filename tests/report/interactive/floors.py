"""A run's tables as the commands write them where counts of few patients are not shown."""

from dataclasses import replace

from retina_vae.clusters.description import count_table, table1, withheld_counts
from retina_vae.disclosure import suppress_profiles
from retina_vae.report import RunTables


def with_floor(tables: RunTables, floor: int) -> RunTables:
    disclosure = tables.configuration.disclosure.model_copy(update={"small_cell_floor": floor})
    counted = tables.patients, tables.assignments["cluster"], tables.schema
    counts = count_table(*counted, floor=floor)
    withheld = withheld_counts(counts)
    profiles = suppress_profiles(tables.meaning.profiles, withheld, tables.sizes, floor)
    return replace(
        tables,
        configuration=tables.configuration.model_copy(update={"disclosure": disclosure}),
        table1=table1(*counted, floor=floor),
        counts=counts,
        meaning=replace(tables.meaning, profiles=profiles),
    )
