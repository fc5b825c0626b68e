"""The retina-VAE paper (arXiv:1907.05195): three macular diseases, six inputs, and what it says of them."""
