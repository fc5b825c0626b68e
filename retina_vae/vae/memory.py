"""Telling the C library to keep the memory that a training step frees."""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGEST_MMAP_THRESHOLD = 2**25
_KEPT_BYTES = 2**30


def keep_freed_memory() -> bool:
    """Let glibc reuse freed tensors of up to 32 MB instead of giving them back to the kernel.

    A training step frees activations of some megabytes and asks for as much again thousands of times. By default each
    is a fresh mapping whose pages the kernel clears anew.

    Returns:
        Whether the C library took the settings; another one than glibc does not, and nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    taken = mallopt(_M_MMAP_THRESHOLD, _LARGEST_MMAP_THRESHOLD), mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
    return all(taken)
