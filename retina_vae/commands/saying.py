"""What a command says of itself while it runs: on standard error, so that standard output is for results."""

from __future__ import annotations

import sys

from retina_vae.progress import stamped

__all__ = ["say"]


def say(message: str) -> None:
    """Write one line to standard error at once; never a patient, nor a number of few of them."""
    print(stamped(message), file=sys.stderr, flush=True)
