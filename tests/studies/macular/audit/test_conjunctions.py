import numpy as np
import pandas as pd

from retina_vae.cohort import MACULAR
from retina_vae.studies.macular.audit.conjunctions import all_conjunctions, best_conjunctions, shortest_conjunction
from retina_vae.studies.macular.audit.printed import derive_rows


def test_every_conjunction_is_there_once_and_means_what_it_says(simulated_patients):
    patients = simulated_patients.sample(200, random_state=0)
    conjunctions = all_conjunctions(patients, MACULAR)
    texts = [c.formula.text for c in conjunctions if c.formula is not None]
    assert len(set(texts)) == 31 * 3**4 - 1
    for conjunction in conjunctions[1::250]:
        met = patients.eval(conjunction.formula.text, engine="python")
        assert np.array_equal(met, conjunction.members)


def test_a_row_made_by_a_conjunction_is_found_again(simulated_patients):
    conjunctions = all_conjunctions(simulated_patients, MACULAR)
    texts = [
        "race in ['Black', 'Hispanic'] and srh == 'present'",
        "race == 'Asian' and drusen == 'absent' and sex == 'female'",
    ]
    wanted = pd.concat(
        derive_rows(group, pd.Series(row, index=group.index), MACULAR)
        for row, text in enumerate(texts, start=1)
        for group in [simulated_patients.query(text, engine="python")]
    )
    best = best_conjunctions(conjunctions, simulated_patients, wanted, MACULAR)
    assert [best[row].formula.text for row in (1, 2)] == texts


def test_one_misprint_does_not_hide_the_row(simulated_patients):
    text = "race != 'Asian' and polyps == 'present'"
    group = simulated_patients.query(text, engine="python")
    wanted = derive_rows(group, pd.Series(1, index=group.index), MACULAR)
    wanted.loc[1, "male"] += 7
    best = best_conjunctions(all_conjunctions(simulated_patients, MACULAR), simulated_patients, wanted, MACULAR)
    assert best[1].formula.text == text


def test_the_shortest_conjunction_of_some_patients(simulated_patients):
    conjunctions = all_conjunctions(simulated_patients, MACULAR)
    women = (simulated_patients["sex"] == "female").to_numpy()
    assert shortest_conjunction(conjunctions, women).formula.text == "sex == 'female'"
    assert shortest_conjunction(conjunctions, np.ones(len(women), dtype=bool)).formula is None
    assert shortest_conjunction(conjunctions, np.arange(len(women)) == 0) is None
