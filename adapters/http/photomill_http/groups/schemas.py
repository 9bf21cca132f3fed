"""What the Groups API takes and gives, as JSON Schema."""

from typing import Any

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
FLAG: Json = {"type": "boolean"}
NUMBER: Json = {"type": "number"}
MOMENT: Json = {"type": "integer", "description": "seconds since 1970"}
COUNT: Json = {"type": "integer", "minimum": 0}
PATH: Json = {"type": "string", "description": "behind /v1/File"}


def _optional(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(required: dict[str, Json], **optional: Json) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **optional}}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/Groups{name}"}


_GROUP = _object(
    {
        "OwnerId": TEXT,
        "GroupId": TEXT,
        "Name": TEXT,
        "Token": TEXT,
        "Count": COUNT,
        "Thumb": PATH,
        "BrandId": TEXT,
        "WhenUnix": MOMENT,
        "Deleted": FLAG,
        "LastUpdatedUnix": MOMENT,
    },
    VideoCount=COUNT,
    HideFromStore=FLAG,
    PricingId=TEXT,
    UploadingUnix=MOMENT,
    PasswordProtected=FLAG,
    ExpiresUnix=MOMENT,
)
_EVERY_PHOTO = {
    "OwnerId": TEXT,
    "GroupId": TEXT,
    "PhotoId": TEXT,
    "Created": MOMENT,
    "SortOrder": TEXT,
}
# Of a photo that was read.
_LOOKS = {"Ratio": NUMBER, "Hue": TEXT, "Width": COUNT, "Height": COUNT, "Megapixels": NUMBER}
_PUBLIC_FILES = {
    "Small": PATH,
    "Watermark": PATH,
    "WatermarkSmall": PATH,
    "WatermarkSquare": PATH,
}
_PHOTO = _object(
    {**_EVERY_PHOTO, "Deleted": FLAG, "LastUpdatedUnix": MOMENT, "IsSouvenir": FLAG},
    **_LOOKS,
    **_PUBLIC_FILES,
    Original=PATH,
    Medium=PATH,
    Square=PATH,
    DownloadLink=TEXT,
    DuplicateOf=TEXT,
    TakenUnix=MOMENT,
    Distance=NUMBER,
)
_PUBLIC_PHOTO = _object(_EVERY_PHOTO, **_LOOKS, **_PUBLIC_FILES)
_ERROR = {"Error": TEXT}

SCHEMAS: Json = {
    "Fault": _object({"Error": TEXT}),
    "Nothing": {"type": "object", "maxProperties": 0},
    "Group": _GROUP,
    "GroupList": _object({"Groups": _list(_reference("Group"))}, Next=TEXT),
    "NewGroup": _object(
        {},
        Name=_optional({**TEXT, "maxLength": 255}),
        BrandId=_optional(TEXT),
        WhenUnix=_optional(MOMENT),
        HideFromStore=_optional(FLAG),
    ),
    "GroupChange": _object(
        {},
        Name=_optional({**TEXT, "maxLength": 255}),
        BrandId=_optional(TEXT),
        Thumb=_optional(PATH),
        ThumbId=_optional(
            {**TEXT, "description": "a photo whose thumbnail is taken, without Thumb"}
        ),
        HideFromStore=_optional(FLAG),
        PricingId=_optional(TEXT),
        Deleted=_optional({**FLAG, "description": "false restores"}),
        Password=_optional({**TEXT, "description": "of the public view; empty for none"}),
        ExpiresUnix=_optional(MOMENT),
    ),
    "Photo": _PHOTO,
    "PublicPhoto": _PUBLIC_PHOTO,
    "AnyPhoto": {"anyOf": [_reference("Photo"), _reference("PublicPhoto")]},
    "PhotoList": {
        "anyOf": [
            _object({"Photos": _list(_reference("Photo"))}),
            _object({"Public": _list(_reference("PublicPhoto"))}),
        ]
    },
    "VideoList": _object({}, Videos=_list({}), Public=_list({})),
    "AddPhotos": _object({"AddPhotos": {"type": "integer", "minimum": 1, "maximum": 25}}),
    "AddedPhotos": _object(
        {"AddedPhotos": _list(_object({"PhotoId": TEXT, "UploadUrl": TEXT, "Expires": MOMENT}))},
        **_ERROR,
    ),
    "PhotoId": _object({"PhotoId": TEXT}, DuplicateOf=TEXT),
    "PhotoChange": _object(
        {}, GroupId=_optional(TEXT), DoCopy=_optional(FLAG), IsSouvenir=_optional(FLAG)
    ),
    "ZipOrder": _object(
        {"Photos": _list(_object({"File": PATH}, FileName=_optional(TEXT)))}, Name=_optional(TEXT)
    ),
    "ZipStatus": _object({"Status": TEXT}),
    "Process": _object(
        {
            "id": TEXT,
            "url": TEXT,
            "percent": NUMBER,
            "message": TEXT,
            "step": {"enum": ["input", "wait", "convert", "output", "error", "finished"]},
            "starttime": MOMENT,
            "expire": MOMENT,
            "input": {"type": "object"},
        },
        endtime=MOMENT,
        output=_object(
            {"url": TEXT, "filename": TEXT, "ext": TEXT, "size": COUNT, "downloads": COUNT}
        ),
        leftOut=_list(TEXT),
    ),
    "NoProcess": _object({"error": TEXT, "code": {"type": "integer"}}),
    "Duplicates": _object({"Duplicates": _list(_list(_reference("Photo")))}),
    "SplitWishes": _object(
        {},
        TotalGroups=_optional({"type": "integer", "minimum": 1}),
        MinPerGroup=_optional({"type": "integer", "minimum": 1}),
        MaxPerGroup=_optional({"type": "integer", "minimum": 1}),
        Mode=_optional({"enum": ["visual", "sequence", "time", "time+visual"]}),
    ),
    "PhotoGroups": _object(
        {
            "Groups": _list(_object({"Cover": TEXT, "PhotoIds": _list(TEXT)})),
            "Adjusted": _list(TEXT),
            "LeftOut": _list(TEXT),
        },
        Notes=_list(TEXT),
    ),
    "Owner": _object(
        {"OwnerId": TEXT, "Created": MOMENT, "PrimaryBrand": TEXT, "Timezone": TEXT},
        Name=TEXT,
        Email=TEXT,
        StripeSubStatus=TEXT,
        CollectionId=TEXT,
    ),
    "OwnerChange": _object(
        {},
        Name=_optional(TEXT),
        Email=_optional(TEXT),
        Timezone=_optional(TEXT),
        PrimaryBrand=_optional(TEXT),
    ),
    "Brand": _object({"BrandId": TEXT, "OwnerId": TEXT, "Name": TEXT, "VanityUrl": TEXT}),
    "BrandList": _object({"Brands": _list(_reference("Brand"))}),
    "NewBrand": _object({"Name": TEXT, "VanityUrl": TEXT}),
    "BrandChange": _object({}, Name=_optional(TEXT), VanityUrl=_optional(TEXT)),
}
