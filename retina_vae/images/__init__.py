"""Pictures as patients: what stands in the place of single pixels where columns are looked at."""
