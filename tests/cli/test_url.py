"""``photomill url``."""

from typing import Any

from photomill import ImageUrls, decoded_source

SOURCE = "storage://shop/a b.jpg"


def test_an_address_is_signed_by_the_configured_key(program: Any) -> None:
    with program.config.open("a", encoding="utf-8") as file:
        file.write('[image_urls]\nkeys = [{ name = "one", secret = "0123456789abcdef" }]\n')
    url = program.output("url", SOURCE, "w_400,f_auto", "--base", "https://a.example").strip()
    keys = ImageUrls({"one": b"0123456789abcdef"})
    assert url == keys.url(SOURCE, "w_400,f_auto", base="https://a.example")
    assert decoded_source(url.rpartition("/")[2]) == SOURCE
    expiring = program.output("url", SOURCE, "--expires", 60).strip()
    _, _, signature, options, _ = expiring.split("/")
    assert options.startswith("exp_")
    keys.check(signature, options, SOURCE)


def test_srcset(program: Any) -> None:
    listed = program.output("url", SOURCE, "q_70", "--srcset", "320,640").strip()
    assert [each.rpartition(" ")[2] for each in listed.split(", ")] == ["320w", "640w"]
    assert "/w_640,q_70/" in listed


def test_what_the_server_would_refuse_is_refused(program: Any) -> None:
    for words, message in (
        (["url", "shoe.jpg", "w_400"], "SOURCE: expected record:, photo:, storage://"),
        (["url", SOURCE, "width_400"], "there are: w, h"),
        (["url", SOURCE, "q_70", "--srcset", "a"], "expected widths"),
        (["url", SOURCE, "--key", "absent"], "no key 'absent'"),
    ):
        result = program.run(*words)
        assert result.exit_code == 2
        assert message in result.output
