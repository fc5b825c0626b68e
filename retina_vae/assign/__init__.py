"""A room beside the chain: clusters for patients that a finished run has not seen.

New patients stream through in chunks: ``source`` reads them, ``screen`` keeps what the model can read, ``score`` gives
clusters and codes, ``typicality`` says how unlike the cohort a patient is, ``sink`` writes. No other stage imports it.
"""

from retina_vae.assign.run import Summary, assign_file
from retina_vae.assign.score import Scorer, Scores
from retina_vae.assign.trained import TrainedRun, load_run, trained_run
from retina_vae.assign.typicality import Typicality
from retina_vae.faults import Fault

__all__ = ["Fault", "Scorer", "Scores", "Summary", "TrainedRun", "Typicality", "assign_file", "load_run", "trained_run"]
