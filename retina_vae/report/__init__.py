"""Fifth stage: the paper's figures and the cluster report, from tables alone."""
