"""Photomill: a plugin-based engine for photographs.

All that programs import of Photomill stands here; its names are listed in ``__init__.pyi``. Each is imported when it is
first asked for, so that plugins and child processes, which import other parts, start quickly. What plugins import stands in
:mod:`photomill.plugin`, and the suites that test them in :mod:`photomill.testing`.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
