"""What the HTTP server mounts."""

from photomill import Engine
from photomill_browser.frame import Frame
from photomill_browser.pages import PAGES
from photomill_browser.settings import browser_settings


def pages(engine: Engine, public_url: str) -> Frame | None:
    """Make the pages over an open engine; None where they are switched off.

    :param public_url: the address at which browsers reach the server; empty where each request's own counts.
    """
    settings = browser_settings(engine.settings)
    return Frame(engine, settings, public_url, PAGES) if settings.enabled else None
