"""What the similarity API shows of texts."""

from photomill import Record
from photomill_http.similarity.translate import fields, shown

READ = Record("bill", {"title": "Mill"}, kind="document", text="TOTAL 5.30")


def test_texts_are_returned_where_they_are_named() -> None:
    assert shown(READ, fields(["_id", "kind", "text"])) == {
        "_id": "bill",
        "kind": "document",
        "text": "TOTAL 5.30",
    }


def test_they_are_no_part_of_the_record_and_an_attribute_of_the_name_counts() -> None:
    assert shown(READ, fields(["*"])) == {"_id": "bill", "title": "Mill"}
    own = Record("bill", {"kind": "mine"}, kind="document")
    assert shown(own, fields(["kind"])) == {"_id": "bill", "kind": "mine"}
