"""What a component is opened with, and whether it can be."""

import logging
from typing import Any

from photomill.components import Component, OpenContext
from photomill.config.settings import Settings
from photomill.errors import PhotomillError


def open_context(settings: Settings, family: str, instance: str) -> OpenContext:
    """What the engine hands to an instance."""
    return OpenContext(
        instance=instance,
        cache_dir=settings.data_dir / "cache" / family / instance,
        fetch=settings.fetch,
        data_dir=settings.data_dir,
        models_dir=settings.data_dir / "models",
        catalog_url=settings.catalog.url,
        logger=logging.getLogger(f"photomill.{family}.{instance}"),
    )


def find_missing_models(
    settings: Settings, instance: str, component: type[Component], options: Any
) -> str:
    """Say which models are missing that an instance needs, as it would say itself; empty for none. Opens nothing."""
    try:
        context = open_context(settings, component.family, instance)
        component(options).check_models(context)
    except PhotomillError as error:
        return str(error)
    except Exception as error:
        # What a plugin raises says nothing of the other parts.
        return f"{type(error).__name__}: {error}"
    return ""
