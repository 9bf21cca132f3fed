"""One call of each method, as the documentation shows it."""

from typing import Any

_QUERY = {"query_record": {"_id": "11959"}, "k": 3, "filter": {"artist": {"$ne": "david_27"}}}
_SEVERAL = {"query_records": [{"_id": "10"}, {"_id": "11"}], "k": 3, "aggregate": "min"}
_TAGGED = {"query_record": {"_id": "11959", "tags": ["dress"]}, "k": 3, "tags_weight": 0.3}

REQUESTS: dict[str, dict[str, Any]] = {
    "insert": {
        "fields_to_return": ["_id"],
        "records": [
            {"_id": "1", "_url": "https://shop.example/1.jpg", "price": 35.5, "tags": ["dress"]},
            {"_id": "2", "_base64": "iVBORw0KGgo…", "seller": "shop_543"},
        ],
    },
    "nearDupsInsert": {
        "radius": 5.0,
        "records": [{"_id": "3", "_url": "https://shop.example/3.jpg"}],
    },
    "update": {"records": [{"_id": "1", "day": "monday", "$unset": ["price"]}]},
    "delete": {"records": [{"_id": "1"}, {"_id": "2"}]},
    "deleteByFilter": {"filter": {"seller": "shop_543"}},
    "get": {"records": [{"_id": "1"}, {"_id": "2"}], "fields_to_return": ["*"]},
    "find": {"filter": {"$gte": {"price": "200"}}, "limit": 3},
    "random": {"count": 2, "seed": 7},
    "getRecordCount": {"filter": {"price": {"$lt": 200}}, "facet": "seller"},
    "allRecords": {"fields_to_return": ["_id", "price"]},
    "visualKNN": _QUERY,
    "visual_search": _QUERY,
    "visualTagsKNN": _TAGGED,
    "text": {"query_record": {"_text_data": "a red dress"}, "k": 3},
    "visualKNNMulti": _SEVERAL,
    "visualTagsKNNMulti": _SEVERAL,
    "range": {"query_record": {"_url": "https://shop.example/1.jpg"}, "radius": 40},
    "nearDuplicates": {"query_record": {"_id": "1"}, "radius": 5.0},
    "allNearDupPairs": {"radius": 5.0, "k": 100, "clusters": True},
    "visualRankRecords": {"query_record": {"_id": "1"}, "records": [{"_id": "2"}, {"_id": "3"}]},
}

RANKED_ANSWER = {
    "status": {"code": 200, "text": "OK"},
    "statistics": {"OperationTime": 2, "plan": "index", "scanned": 400, "certified": False},
    "answer_count": 3,
    "answer_records": [{"_id": "11959"}, {"_id": "5950"}, {"_id": "28043"}],
    "answer_distances": [0.0, 45.725513, 47.01006],
}

PROCESSED_ANSWER = {
    "status": {"code": 211, "text": "record(s) duplicate"},
    "statistics": {"OperationTime": 2},
    "answer_count": 1,
    "answer_records": [{"_id": "1"}],
    "skipped_records": [
        {"_id": "3", "_reason": {"status": {"code": 211, "text": "record(s) duplicate"}}}
    ],
}

LISTED_ANSWER = {
    "status": {"code": 200, "text": "OK"},
    "statistics": {"OperationTime": 1},
    "answer_count": 2,
    "answer_records": [{"_id": "1"}, {"_id": "2"}],
}
