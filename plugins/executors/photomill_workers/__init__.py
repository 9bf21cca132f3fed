"""Executors of this machine: threads of this process, or processes with an engine each.

Decoding, embedding and fetching release the interpreter's lock, so threads use every core and share models in memory.
Processes hold their models once each, and a unit that ends its process takes no other along.
"""

from photomill.plugin import Executor, hookimpl
from photomill_workers.processes import Processes
from photomill_workers.threads import Threads


@hookimpl
def register_executors() -> list[type[Executor]]:
    return [Threads, Processes]
