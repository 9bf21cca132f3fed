"""Tells foreground from background, and removes or blurs what is behind."""

from photomill import hookimpl
from photomill.components import EditOperation
from photomill_background.blur import SubjectSafeBlur
from photomill_background.grabcut import SaliencyForeground
from photomill_background.removal import CleanRemoval

__all__ = ["CleanRemoval", "SaliencyForeground", "SubjectSafeBlur"]


@hookimpl
def register_edit_operations() -> list[type[EditOperation]]:
    return [SaliencyForeground, SubjectSafeBlur, CleanRemoval]
