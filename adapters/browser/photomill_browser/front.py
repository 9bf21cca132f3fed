"""The address to open first."""

from photomill import Engine, Key
from photomill_browser.frame import SIGN_IN
from photomill_browser.settings import browser_settings


def front_page(engine: Engine, url: str, key: Key | None) -> str:
    """Where the pages of a server begin; empty where they are switched off.

    :param url: of the server.
    :param key: whose rights the browser gets that opens the address first; None for one that asks for a key.
    """
    settings = browser_settings(engine.settings)
    if not settings.enabled:
        return ""
    if key is None:
        return f"{url}/"
    secret = engine.keys.sessions.make_link(key.id, 60 * settings.link_minutes)
    return f"{url}{SIGN_IN}/{secret}"
