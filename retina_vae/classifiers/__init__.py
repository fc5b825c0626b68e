"""The supervised model beside a plain classifier, and beside the best that there can be where that is known.

For studies whose items have labels; which these are, :mod:`retina_vae.classifiers.artefacts` says of a configuration.
"""
