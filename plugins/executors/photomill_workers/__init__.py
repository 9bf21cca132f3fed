"""An executor of threads in this process.

Decoding, embedding and fetching release the interpreter's lock, so threads use every core and share models in memory.
"""

from photomill.plugin import Executor, hookimpl
from photomill_workers.executor import Workers


@hookimpl
def register_executors() -> list[type[Executor]]:
    return [Workers]
