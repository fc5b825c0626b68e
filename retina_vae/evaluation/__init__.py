"""Beside the chain: how far each model of a run is from what can be known of its patients.

Simulated patients have an exact density, so that a model's distance to perfection is a number.
"""

from retina_vae.evaluation.calibration import CalibrationTables, calibrate_model, unreliable_models
from retina_vae.evaluation.fresh import fresh_patients
from retina_vae.evaluation.measure import Measured, measure_model
from retina_vae.evaluation.run import EvaluationTables, evaluate_run
from retina_vae.evaluation.subjects import FreshPatients, PatientDensity, Subjects, choose_subjects
from retina_vae.evaluation.tables import evaluation_table, model_summary, posterior_table
from retina_vae.evaluation.training_codes import TrainingCodes, code_training_patients

__all__ = [
    "CalibrationTables",
    "EvaluationTables",
    "FreshPatients",
    "Measured",
    "PatientDensity",
    "Subjects",
    "TrainingCodes",
    "calibrate_model",
    "choose_subjects",
    "code_training_patients",
    "evaluate_run",
    "evaluation_table",
    "fresh_patients",
    "measure_model",
    "model_summary",
    "posterior_table",
    "unreliable_models",
]
