"""The bundled filter language keeps the contract of all of them."""

from collections.abc import Callable

import pytest

from photomill.testing import FilterContract, FilterSamples
from photomill_mongo import MongoFilter


class TestMongo(FilterContract):
    @pytest.fixture
    def samples(self, open_component: Callable[..., MongoFilter]) -> FilterSamples:
        return FilterSamples(
            open_component(MongoFilter),
            expressions=[
                {"colour": "red"},
                {"price": {"$gte": 20, "$lt": 90}},
                {"$gte": {"price": "20"}},
                {"tags": "t1"},
                {"tags": {"$size": 2}},
                {"$or": [{"colour": {"$in": ["red", None]}}, {"active": True}]},
                {"$not": {"active": True, "price": {"$gt": 10}}},
                {"size.width": {"$gt": 200}},
                {"parts.name": "n1"},
                {"parts.1.weight": {"$lt": 30}},
                {"parts": {"$elemMatch": {"weight": {"$gt": 30}}}},
                {"odd": None},
                {"odd": {"$exists": False}},
                {"odd": 2**53 + 1},
                {"odd": {"deep": [None]}},
                {"colour": {"$regex": "^R", "$options": "i"}},
            ],
            malformed=[
                5,
                [],
                "price",
                {"price": {"$gtt": 5}},
                {"$where": "true"},
                {"$or": []},
                {"price": {"$in": 5}},
                {"colour": {"$regex": "("}},
            ],
        )
