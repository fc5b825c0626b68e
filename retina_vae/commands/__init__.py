"""The commands that stand beside the chain's own in ``cli``: one module each, with an ``app`` that ``cli`` adds."""
