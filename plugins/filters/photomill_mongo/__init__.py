"""Filters in MongoDB's query language."""

from photomill.components import FilterLanguage
from photomill.hookspecs import hookimpl
from photomill_mongo.language import MongoFilter, MongoOptions

__all__ = ["MongoFilter", "MongoOptions"]


@hookimpl
def register_filters() -> list[type[FilterLanguage]]:
    return [MongoFilter]
