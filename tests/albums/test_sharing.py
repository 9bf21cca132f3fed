"""What visitors of a group see, may download, and mark; and what its owner learns of it."""

import time
import zipfile
from collections.abc import Callable

import pytest

from photomill.albums.model import Downloads, SharedGroup, ShareOptions
from photomill.albums.photos import UploadFile
from photomill.errors import CapacityExceeded, Forbidden, InvalidInput, NotFound

from .conftest import Studio, draw


def share(studio: Studio, **options: object) -> SharedGroup:
    studio.albums.sharing.update(studio.group, ShareOptions(**options))  # type: ignore[arg-type]
    return studio.albums.sharing.enter(studio.group.token)


# ---------------------------------------------------------------- who is let in


def test_a_token_opens_a_group_with_the_default_options(studio: Studio) -> None:
    shared = studio.albums.sharing.enter(studio.group.token)
    assert shared.group.id == studio.group.id
    assert shared.options == ShareOptions(
        downloads="none", watermark=True, favourites=True, message=""
    )


@pytest.mark.parametrize("name", ["nobody", "", "../etc", "é" * 6])
def test_nothing_else_opens_it(studio: Studio, name: str) -> None:
    for token in (name, studio.group.id):
        with pytest.raises(NotFound):
            studio.albums.sharing.enter(token)


def test_a_view_that_has_ended_is_found_and_not_entered(studio: Studio) -> None:
    studio.albums.groups.protect(studio.group, "", time.time() - 1)
    found = studio.albums.sharing.find(studio.group.token)
    assert not studio.albums.groups.is_public(found)
    with pytest.raises(NotFound):
        studio.albums.sharing.enter(studio.group.token)


def test_a_deleted_group_is_not_found(studio: Studio) -> None:
    studio.albums.groups.delete(studio.group)
    with pytest.raises(NotFound):
        studio.albums.sharing.find(studio.group.token)


def test_an_admission_opens_until_password_or_token_change(studio: Studio) -> None:
    groups, sharing = studio.albums.groups, studio.albums.sharing
    groups.protect(studio.group, "rapids", None)
    group = groups.get(studio.group.id)
    with pytest.raises(Forbidden):
        sharing.admit(group, "wrong")
    admission = sharing.admit(group, "rapids")
    assert sharing.enter(group.token, admission).group == group

    groups.protect(group, None, time.time() + 60)
    assert sharing.enter(group.token, admission)
    groups.protect(groups.get(group.id), "rapids", None)
    with pytest.raises(Forbidden):
        sharing.enter(group.token, admission)

    admission = sharing.admit(groups.get(group.id), "rapids")
    renewed = groups.renew_token(groups.get(group.id))
    with pytest.raises(Forbidden):
        sharing.enter(renewed.token, admission)


def test_forged_admissions_open_nothing(studio: Studio) -> None:
    studio.albums.groups.protect(studio.group, "rapids", None)
    group = studio.albums.groups.get(studio.group.id)
    expires, _, signature = studio.albums.sharing.admit(group, "rapids").partition(".")
    later = str(int(expires) + 1)
    for forged in ("", ".", f"{later}.{signature}", f"{expires}.", f"²5.{signature}", "9" * 5000):
        with pytest.raises(Forbidden):
            studio.albums.sharing.enter(group.token, forged)


def test_a_former_token_opens_nothing_any_more(studio: Studio) -> None:
    renewed = studio.albums.groups.renew_token(studio.group)
    assert renewed.token != studio.group.token
    assert studio.albums.sharing.enter(renewed.token).group.id == studio.group.id
    for former in (studio.group.token, studio.group.token.swapcase()):
        with pytest.raises(NotFound):
            studio.albums.sharing.enter(former)


# ---------------------------------------------------------------- what is shown


def test_public_derivatives_are_shown_smallest_first_one_of_each_size(studio: Studio) -> None:
    photo = studio.ready(draw("p", size=(1500, 1000)), "IMG_7.jpg")
    (shown,) = studio.albums.sharing.photos(share(studio))
    assert (shown.id, shown.name, shown.width, shown.height) == (photo.id, "IMG_7", 1500, 1000)
    assert shown.mean_colour == photo.mean_colour
    assert [(each.path, each.width, each.height) for each in shown.images] == [
        (photo.files["small"], 320, 213),
        (photo.files["watermark"], 1280, 853),
    ]
    assert shown.download == ""


def test_without_watermark_if_the_owner_says_so(studio: Studio) -> None:
    photo = studio.ready(draw("p", size=(1500, 1000)))
    (shown,) = studio.albums.sharing.photos(share(studio, watermark=False))
    assert [each.path for each in shown.images] == [photo.files["small"], photo.files["medium"]]


def test_small_photos_are_not_enlarged(studio: Studio) -> None:
    studio.ready(draw("p", size=(96, 72)))
    (shown,) = studio.albums.sharing.photos(share(studio))
    assert {(each.width, each.height) for each in shown.images} == {(96, 72)}


@pytest.mark.parametrize(
    ("downloads", "watermark", "kind"),
    [
        ("shown", True, "watermark"),
        ("shown", False, "medium"),
        ("original", True, "original"),
    ],
)
def test_downloads_are_as_the_owner_says(
    studio: Studio, downloads: Downloads, watermark: bool, kind: str
) -> None:
    data = draw("p", size=(1500, 1000))
    photo = studio.ready(data, "IMG_7.jpg")
    shared = share(studio, downloads=downloads, watermark=watermark)
    (shown,) = studio.albums.sharing.photos(shared)
    assert shown.download == photo.files[kind]

    wanted = studio.albums.sharing.create_zip(shared)
    studio.settle()
    with (
        studio.albums.zips.open(wanted.id) as file,
        zipfile.ZipFile(file) as archive,
    ):
        (name,) = archive.namelist()
        assert name == "IMG_7.jpg"
        assert archive.read(name) == studio.read(photo.files[kind])


def test_no_archive_where_downloads_are_not_allowed(studio: Studio) -> None:
    studio.ready(draw("p"))
    with pytest.raises(Forbidden):
        studio.albums.sharing.create_zip(share(studio))


def test_visitors_share_an_archive_of_the_same_photos(studio: Studio) -> None:
    first, second = (studio.ready(draw(each), f"{each}.jpg") for each in "ab")
    shared = share(studio, downloads="shown")
    create = studio.albums.sharing.create_zip
    everything = create(shared)
    assert create(shared).id == create(shared, [second.id, first.id]).id == everything.id
    assert create(shared, [first.id]).id != everything.id
    assert [entry.name for entry in everything.entries] == ["a.jpg", "b.jpg"]
    studio.albums.sharing.update(studio.group, ShareOptions(downloads="original"))
    assert create(studio.albums.sharing.enter(studio.group.token)).id != everything.id


def test_visitors_cannot_fill_the_disk_with_archives(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photomill.albums.zips.MOST_SHARED", 1)
    first, _ = (studio.ready(draw(each), f"{each}.jpg") for each in "ab")
    shared = share(studio, downloads="shown")
    everything = studio.albums.sharing.create_zip(shared)
    with pytest.raises(CapacityExceeded):
        studio.albums.sharing.create_zip(shared, [first.id])
    assert studio.albums.sharing.create_zip(shared).id == everything.id


def test_an_archive_is_of_photos_of_the_group(studio: Studio) -> None:
    studio.ready(draw("p"))
    other = studio.ready(
        draw("q"), group=studio.albums.groups.create(studio.owner, name="Another day")
    )
    with pytest.raises(InvalidInput):
        studio.albums.sharing.create_zip(share(studio, downloads="shown"), [other.id])


def test_a_message_has_a_limit(studio: Studio) -> None:
    assert share(studio, message="Hello,\nhere they are.").options.message.startswith("Hello")
    for message in ("x" * 2001, "\x00"):
        with pytest.raises(InvalidInput):
            studio.albums.sharing.update(studio.group, ShareOptions(message=message))


# ---------------------------------------------------------------- favourites


def test_favourites_come_to_the_owner(studio: Studio) -> None:
    first, second = (studio.ready(draw(each), f"{each}.jpg") for each in "ab")
    visitors, shared = studio.albums.visitors, share(studio)
    secret = visitors.new_secret()
    assert visitors.find(shared, secret) is None
    for photo in (second, first, second):
        visitors.mark(shared, secret, photo.id, True)
    (seen,) = visitors.of_group(studio.group)
    assert seen.favourites == (second.id, first.id)
    assert (seen.name, seen.message, seen.sent) == ("", "", None)
    assert visitors.find(shared, secret) == seen

    assert visitors.sent_counts([studio.group]) == {}
    visitors.send(shared, secret, name=" Bea ", message="The big ones,\nplease.")
    (sent,) = visitors.of_group(studio.group)
    assert (sent.id, sent.name, sent.message) == (seen.id, "Bea", "The big ones,\nplease.")
    assert sent.sent is not None
    assert visitors.sent_counts([studio.group]) == {studio.group.id: 1}
    assert visitors.get(studio.group, sent.id) == sent

    visitors.forget(sent)
    assert visitors.of_group(studio.group) == []
    with pytest.raises(NotFound):
        visitors.get(studio.group, sent.id)


def test_visitors_do_not_see_each_other(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    visitors, shared = studio.albums.visitors, share(studio)
    mine, yours = visitors.new_secret(), visitors.new_secret()
    visitors.mark(shared, mine, photo.id, True)
    assert visitors.find(shared, yours) is None
    visitors.mark(shared, yours, photo.id, True)
    assert len(visitors.of_group(studio.group)) == 2


def test_whoever_takes_all_marks_back_is_forgotten_unless_they_sent_them(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    visitors, shared = studio.albums.visitors, share(studio)
    secret = visitors.new_secret()
    visitors.mark(shared, secret, photo.id, True)
    visitors.mark(shared, secret, photo.id, False)
    visitors.mark(shared, secret, photo.id, False)
    assert visitors.of_group(studio.group) == []
    visitors.mark(shared, secret, photo.id, True)
    visitors.send(shared, secret)
    visitors.mark(shared, secret, photo.id, False)
    (kept,) = visitors.of_group(studio.group)
    assert kept.favourites == ()


def test_photos_that_left_the_group_are_no_favourites_any_more(studio: Studio) -> None:
    moved, deleted, kept = (studio.ready(draw(each), f"{each}.jpg") for each in "abc")
    visitors, shared = studio.albums.visitors, share(studio)
    secret = visitors.new_secret()
    for photo in (moved, deleted, kept):
        visitors.mark(shared, secret, photo.id, True)
    studio.albums.photos.move(moved, studio.albums.groups.create(studio.owner))
    studio.albums.photos.delete(deleted)
    (seen,) = visitors.of_group(studio.group)
    assert seen.favourites == (kept.id,)
    with pytest.raises(NotFound):
        visitors.mark(shared, secret, deleted.id, True)
    with pytest.raises(NotFound):
        visitors.mark(shared, secret, moved.id, True)


def test_no_favourites_where_the_owner_wants_none(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    shared = share(studio, favourites=False)
    with pytest.raises(Forbidden):
        studio.albums.visitors.mark(shared, "secret", photo.id, True)
    with pytest.raises(Forbidden):
        studio.albums.visitors.send(shared, "secret")


@pytest.mark.parametrize(
    ("name", "message"), [("x" * 101, ""), ("a\nb", ""), ("", "x" * 2001), ("", "\x1b")]
)
def test_what_visitors_write_has_limits(studio: Studio, name: str, message: str) -> None:
    with pytest.raises(InvalidInput):
        studio.albums.visitors.send(share(studio), "secret", name=name, message=message)


def test_a_group_has_so_many_visitors_and_no_more(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photomill.albums.visitors.MOST_VISITORS", 1)
    photo = studio.ready(draw("a"))
    visitors, shared = studio.albums.visitors, share(studio)
    visitors.mark(shared, "first", photo.id, True)
    with pytest.raises(CapacityExceeded):
        visitors.mark(shared, "second", photo.id, True)
    visitors.send(shared, "first")


def test_favourites_go_with_their_group(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(albums__keep_deleted=0.001)
    photo = studio.ready(draw("a"))
    shared = share(studio, message="Hello")
    studio.albums.visitors.mark(shared, "first", photo.id, True)
    studio.albums.groups.delete(studio.group)
    for _ in range(2):
        studio.albums.clean_up(time.time() + 10)
    with pytest.raises(NotFound):
        studio.albums.groups.get(studio.group.id)
    assert studio.albums.visitors.of_group(studio.group) == []
    assert studio.albums.sharing.options(studio.group) == ShareOptions()


# ---------------------------------------------------------------- the owner's order


def names(studio: Studio) -> list[str]:
    return [photo.sort_name for photo in studio.albums.groups.photos(studio.group)]


def test_photos_are_arranged_and_newer_ones_follow(studio: Studio) -> None:
    a, b, c = (studio.ready(draw(each), f"{each}.jpg") for each in "abc")
    groups = studio.albums.groups
    groups.arrange(studio.group, [c.id, a.id, b.id])
    assert names(studio) == ["c", "a", "b"]
    studio.ready(draw("d"), "0.jpg")
    assert names(studio) == ["c", "a", "b", "0"]
    groups.arrange(studio.group, [b.id])
    assert names(studio) == ["b", "0", "a", "c"]
    groups.arrange(studio.group, [])
    assert names(studio) == ["0", "a", "b", "c"]


def test_only_photos_of_the_group_are_arranged(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    for wrong in ([photo.id, photo.id], ["nobody"]):
        with pytest.raises(InvalidInput):
            studio.albums.groups.arrange(studio.group, wrong)


def test_a_photo_that_moves_follows_by_name(studio: Studio) -> None:
    a, b = (studio.ready(draw(each), f"{each}.jpg") for each in "ab")
    other = studio.albums.groups.create(studio.owner)
    studio.albums.groups.arrange(studio.group, [b.id, a.id])
    assert studio.albums.photos.move(b, other).position is None
    assert studio.albums.photos.copy(studio.albums.photos.get(a.id), other).position is None


def test_photos_are_renamed(studio: Studio) -> None:
    photo = studio.ready(draw("a"), "IMG_1.jpg")
    assert studio.albums.photos.rename(photo, "The kiss.jpg").sort_name == "The kiss"
    assert names(studio) == ["The kiss"]
    for nothing in ("/", " ", " .jpg"):
        with pytest.raises(InvalidInput):
            studio.albums.photos.rename(photo, nothing)


# ---------------------------------------------------------------- what need not be sent again


def test_files_that_are_there_need_not_be_sent_again(idle_studio: Studio) -> None:
    data = draw("a")
    photo = idle_studio.upload(data, "IMG_1.jpg")
    held = idle_studio.albums.photos.held(
        idle_studio.group,
        [
            UploadFile("IMG_1.jpg", len(data), photo.sha256),
            UploadFile("IMG_1.jpg", len(data), "0" * 64),
            UploadFile("IMG_1.jpg", len(data)),
            UploadFile("IMG_1.jpg", len(data) + 1),
            UploadFile("IMG_2.jpg", len(data), photo.sha256),
        ],
    )
    assert held == [True, False, True, False, False]
    (waiting,) = idle_studio.albums.groups.photos(idle_studio.group, ready=False)
    assert waiting.state == "uploaded"
    assert idle_studio.albums.groups.photos(idle_studio.group) == []


def test_the_newest_groups_come_first_where_that_is_asked(studio: Studio) -> None:
    groups = studio.albums.groups
    for when in (10, 30, 20):
        groups.create(studio.owner, name=str(when), when=when)
    found = groups.between(studio.owner, 0, 100, newest_first=True, limit=2)
    assert [group.name for group in found] == ["30", "20"]
