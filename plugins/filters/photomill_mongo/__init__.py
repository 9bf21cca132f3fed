"""Filters in MongoDB's query language."""

from photomill.plugin import FilterLanguage, hookimpl
from photomill_mongo.language import MongoFilter, MongoOptions

__all__ = ["MongoFilter", "MongoOptions"]


@hookimpl
def register_filters() -> list[type[FilterLanguage]]:
    return [MongoFilter]
