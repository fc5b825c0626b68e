"""Fourth stage: groups of latent codes, how sure they are, and what they hold.

The modules know arrays and tables, and no torch.
"""
