"""Nothing beyond margins and correlations, a continuum, or separate groups: what describes unseen patients best.

Patients of two groups and patients along one line can look alike: both correlate, and any clustering cuts both. What
tells them apart is which of the two describes patients better that it was not fitted to. Three families are fitted to
the patients' columns, on one scale and by one algorithm: **bells** (margins and correlations, and nothing else),
**continua** (every column a smooth function of one or two latent dimensions) and **classes** (separate groups, with and
without dependence of the columns within them). See :mod:`~retina_vae.clusters.latent_structure.designs`; the answer is
drawn in :mod:`~retina_vae.clusters.latent_structure.answers`.

No model of the codes takes part: the question is asked of the columns themselves.
"""
