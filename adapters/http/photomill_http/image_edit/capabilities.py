"""What this server can do, and by which engine."""

import attrs
from starlette.responses import Response

from photomill_http.image_edit.endpoint import Call, data


async def list_capabilities(call: Call) -> Response:
    """List every engine of every operation, and why it cannot be used where it cannot."""
    found = await call.services.in_thread(call.engine.editing.capabilities)
    return data([attrs.asdict(each, filter=lambda _, value: value != "") for each in found])
