"""The software that a report is made with, by name and version."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["software_versions"]

_PACKAGES = ("retina_vae", "torch", "scikit-learn")


def software_versions() -> dict[str, str]:
    """Versions of the packages that decide results, of those that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
