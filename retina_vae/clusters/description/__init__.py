"""What the clusters hold: counts, sentences, profiles, tests, rules, cross-tables, and the outcomes within them.

The modules know arrays and tables, and no torch.
"""
