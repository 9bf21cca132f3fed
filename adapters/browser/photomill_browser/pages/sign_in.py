"""Signing in with an API key, and out again."""

from typing import Any

from attrs import frozen
from starlette.responses import RedirectResponse, Response

from photomill_browser.frame import FORM_BYTES, SIGN_IN, Page, View, Visit
from photomill_browser.texts import texts_of

HOME = "/library"


@frozen
class SignIn:
    """What the form sends."""

    key: str = ""
    next: str = HOME
    username: str = ""


def front(visit: Visit) -> Response:
    return RedirectResponse(HOME if visit.session else SIGN_IN, 303)


def show(visit: Visit) -> Any:
    """The form."""
    target = local_path(visit.query.get("next", HOME))
    return RedirectResponse(target, 303) if visit.session else {"next": target, "problem": ""}


def sign_in(visit: Visit, asked: SignIn) -> Response:
    """Begin a session."""
    visit.count(visit.frame.sign_ins)
    key = visit.engine.keys.verify(asked.key.strip())
    target = local_path(asked.next)
    if key is None:
        return _refused(visit, target, "wrong_key")
    seconds = 3600 * visit.settings.session_hours
    begun = visit.engine.keys.sessions.begin(key, seconds)
    return visit.begin(RedirectResponse(target, 303), begun.secret, seconds)


def open_link(visit: Visit) -> Response:
    """Begin a session by a link that serves once."""
    visit.request.state.logged_path = f"{SIGN_IN}/…"
    if visit.request.method == "HEAD":
        return Response()
    visit.count(visit.frame.sign_ins)
    seconds = 3600 * visit.settings.session_hours
    begun = visit.engine.keys.sessions.redeem_link(visit.parameters["link"], seconds)
    if begun is None:
        return _refused(visit, HOME, "old_link")
    return visit.begin(RedirectResponse(HOME, 303), begun.secret, seconds)


def sign_out(visit: Visit) -> Response:
    """End the session."""
    visit.engine.keys.sessions.end(visit.secret)
    return visit.end(RedirectResponse(SIGN_IN, 303))


def sign_out_everywhere(visit: Visit) -> Response:
    """End every session of the key."""
    visit.engine.keys.sessions.end_all(visit.key.id)
    return visit.end(RedirectResponse(SIGN_IN, 303))


def _refused(visit: Visit, target: str, text: str) -> Response:
    values = {"next": target, "problem": texts_of("sign_in")(text)}
    return visit.frame.render(visit, "sign_in.html", values, 403)


def local_path(address: str) -> str:
    """An address of this server, whatever is given."""
    good = (
        address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    )
    return address if good and not address.startswith(SIGN_IN) else HOME


PAGE = Page(
    "sign_in",
    (
        View("/", front, access="anyone"),
        View(SIGN_IN, show, template="sign_in.html", access="anyone"),
        View(
            SIGN_IN,
            sign_in,
            template="sign_in.html",
            verb="POST",
            access="anyone",
            limit=FORM_BYTES,
        ),
        View(f"{SIGN_IN}/{{link}}", open_link, template="sign_in.html", access="anyone"),
        View("/sign-out", sign_out, template="sign_in.html", verb="POST", limit=FORM_BYTES),
        View(
            "/sign-out/everywhere",
            sign_out_everywhere,
            template="sign_in.html",
            verb="POST",
            limit=FORM_BYTES,
        ),
    ),
)
