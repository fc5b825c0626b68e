"""The study of the retina-VAE paper (arXiv:1907.05195)."""
