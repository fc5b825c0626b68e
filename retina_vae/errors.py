"""The errors that a user can fix; the command line prints their message alone and exits with code 2."""

__all__ = ["ConfigurationError", "InputError", "NonFiniteLossError", "RefusedValueError", "RetinaVaeError"]


class RetinaVaeError(Exception):
    """Base class: the message says what was expected, what was found, where, and what to do."""


class ConfigurationError(RetinaVaeError):
    """A configuration value is unknown, mistyped, out of range, or impossible on this machine."""


class InputError(RetinaVaeError):
    """An input file is missing, altered, or holds values that do not fit its schema."""


class RefusedValueError(RetinaVaeError, ValueError):
    """A program gave what is refused: the same message as an error that callers of scikit-learn expect."""


class NonFiniteLossError(RetinaVaeError):
    """Training met a loss term that is not a finite number."""
