"""The commands: one module each, with an ``app`` that ``cli`` adds.

Nothing is imported here: what a command is made of is followed through its imports (:mod:`retina_vae.closure`), and one
that stood beside all the others would be made of them too.
"""
