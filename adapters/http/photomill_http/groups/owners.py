"""Owners and brands."""

from attrs import evolve

from photomill import InvalidInput
from photomill_http.groups import schema
from photomill_http.groups.groups_call import GroupsCall
from photomill_http.groups.translate import (
    Json,
    describe_brand,
    describe_group,
    describe_owner,
)

_OWN = frozenset({"BrandId", "OwnerId", "Name", "VanityUrl", "Created", "Error"})


def show_owner(call: GroupsCall) -> schema.Owner:
    """Whose key it is."""
    return describe_owner(call.required())


def update_owner(call: GroupsCall, asked: schema.OwnerChange) -> schema.Nothing:
    """Change the owner."""
    owner = call.required()
    if asked.primary_brand:
        call.albums.brands.get(asked.primary_brand, owner)
    call.albums.owners.update(
        owner,
        name=asked.name or None,
        email=asked.email or None,
        timezone=asked.timezone or None,
        primary_brand=asked.primary_brand or None,
    )
    return schema.Nothing()


def list_brands(call: GroupsCall) -> Json:
    """List the owner's brands."""
    brands = call.albums.brands.list_all(call.required())
    return {"Brands": [describe_brand(each, public=False) for each in brands]}


def create_brand(call: GroupsCall, asked: schema.NewBrand) -> Json:
    """Make a brand."""
    brand = call.albums.brands.create(
        call.required(), asked.name or "", asked.vanity_url or "", _details(call, {})
    )
    return describe_brand(brand, public=False)


def show_brand(call: GroupsCall) -> Json:
    """Show a brand."""
    brand = call.albums.brands.get(call.parameters["brand"])
    # The public sees its storefront.
    return describe_brand(brand, public=not call.owns(brand))


def update_brand(call: GroupsCall, asked: schema.BrandChange) -> schema.Nothing:
    """Change a brand."""
    brand = call.albums.brands.get(call.parameters["brand"])
    call.require(brand)
    changed = evolve(
        brand,
        name=asked.name if isinstance(asked.name, str) else brand.name,
        slug=asked.vanity_url if isinstance(asked.vanity_url, str) else brand.slug,
        details=_details(call, dict(brand.details)),
    )
    call.albums.brands.update(changed)
    return schema.Nothing()


def list_brand_groups(call: GroupsCall) -> schema.GroupList:
    """List a brand's groups."""
    brand = call.albums.brands.get(call.parameters["brand"])
    # The public does not see hidden ones.
    own = call.owns(brand)
    groups = [
        group
        for group in call.albums.groups.of_brand(brand.id, hidden=own)
        if own or call.albums.groups.is_public(group)
    ]
    summaries = call.albums.groups.summaries(groups)
    if own:
        return schema.GroupList([describe_group(each, owned=True) for each in summaries])
    public = [call.albums.public.summary(each.group) for each in summaries]
    return schema.GroupList([describe_group(each) for each in public])


def _details(call: GroupsCall, details: Json) -> Json:
    """What else is told of a brand; an empty value takes away."""
    for key, value in call.given.items():
        if key in _OWN:
            continue
        if len(key) > 64:
            raise InvalidInput("expected 64 characters at most", path=key[:64])
        if value in ("", None):
            details.pop(key, None)
        else:
            details[key] = value
    return details
