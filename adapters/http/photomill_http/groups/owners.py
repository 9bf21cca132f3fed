"""Owners and brands."""

from attrs import evolve

from photomill.albums.model import Brand, Owner
from photomill.errors import InvalidInput
from photomill_http.answers import Answer
from photomill_http.groups.documents import (
    Json,
    brand_document,
    group_document,
    owned_group_document,
    owner_document,
)
from photomill_http.groups.endpoint import Call
from photomill_http.groups.faults import Rejected

_OWN = frozenset({"BrandId", "OwnerId", "Name", "VanityUrl", "Created", "Error"})


def show_owner(call: Call) -> Answer:
    """Whose key it is."""
    return Answer(owner_document(call.visitor.required()))


def update_owner(call: Call) -> Answer:
    """Change what is given."""
    owner = call.visitor.required()
    brand = call.text("PrimaryBrand")
    if brand:
        call.albums.brands.get(brand, owner)
    call.albums.owners.update(
        owner,
        name=call.text("Name") or None,
        email=call.text("Email") or None,
        timezone=call.text("Timezone") or None,
        primary_brand=brand or None,
    )
    return Answer({})


def list_brands(call: Call) -> Answer:
    """An owner's brands."""
    brands = call.albums.brands.list_all(call.visitor.required())
    return Answer({"Brands": [brand_document(each, public=False) for each in brands]})


def create_brand(call: Call) -> Answer:
    """Make a brand."""
    owner = call.visitor.required()
    brand = call.albums.brands.create(
        owner, call.text("Name"), call.text("VanityUrl"), _details(call, {})
    )
    return Answer(brand_document(brand, public=False), 201)


def show_brand(call: Call) -> Answer:
    """A brand; the public sees its storefront."""
    brand = call.albums.brands.get(call.parameters["brand"])
    return Answer(brand_document(brand, public=not _owns(call.visitor.owner, brand)))


def update_brand(call: Call) -> Answer:
    """Change what is given; an empty text deletes."""
    owner = call.visitor.required()
    brand = call.albums.brands.get(call.parameters["brand"])
    if not _owns(owner, brand):
        raise Rejected(403, "it belongs to another owner")
    changed = evolve(
        brand,
        name=call.text("Name", brand.name),
        slug=call.text("VanityUrl", brand.slug),
        details=_details(call, dict(brand.details)),
    )
    call.albums.brands.update(changed)
    return Answer({})


def list_brand_groups(call: Call) -> Answer:
    """A brand's groups; the public does not see hidden ones."""
    brand = call.albums.brands.get(call.parameters["brand"])
    own = _owns(call.visitor.owner, brand)
    groups = [
        group
        for group in call.albums.groups.of_brand(brand.id, hidden=own)
        if own or call.albums.groups.is_public(group)
    ]
    summaries = call.albums.groups.summaries(groups)
    if own:
        return Answer({"Groups": [owned_group_document(each) for each in summaries]})
    shown = [call.albums.public.summary(each.group) for each in summaries]
    return Answer({"Groups": [group_document(each) for each in shown]})


def _details(call: Call, before: Json) -> Json:
    details = before
    for key, value in call.body.items():
        if key in _OWN:
            continue
        if len(key) > 64:
            raise InvalidInput("expected 64 characters at most", path=key[:64])
        if value in ("", None):
            details.pop(key, None)
        else:
            details[key] = value
    return details


def _owns(owner: Owner | None, brand: Brand) -> bool:
    return owner is not None and brand.owner == owner.id
