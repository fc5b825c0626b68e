"""Run the command line with ``python -m retina_vae``."""

from retina_vae.cli import main

if __name__ == "__main__":
    main()
