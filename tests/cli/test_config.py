"""``photomill config``."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photomill_cli.main import main


def run(config: Path, *words: str) -> Any:
    return CliRunner().invoke(main, ["config", *words, "--config", str(config)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "plugins.toml"


def test_a_good_configuration(config: Path) -> None:
    config.write_text("[search]\nnear_radius = 3.0\n")
    result = run(config, "check")
    assert result.exit_code == 0, result.output
    assert result.stdout == "the configuration is good\n"


def test_what_cannot_serve_here_is_a_warning_whose_advice_works(
    config: Path, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))
    data = tmp_path / "data"
    # What tells faces apart comes out of a package of npm: tests do without it.
    without_people = '[recognisers.faces]\nuse = ""\n'
    config.write_text(f'[photomill]\ndata_dir = "{data}"\n{without_people}')
    result = run(config, "check")
    assert result.exit_code == 0
    assert result.stdout == "the configuration is good\n"
    assert "editors.foreground: background.mask: grabcut serves instead" in result.stderr
    advised = set(re.findall(r"photomill (models add \w+)", result.stderr))
    assert advised == {f"models add {name}" for name in ("mtcnn", "ocr", "u2netp", "waifu2x")}
    for advice in advised:
        given = ["--from", str(models_dir / advice.split()[-1]), "--config", str(config)]
        assert CliRunner().invoke(main, [*advice.split(), *given]).exit_code == 0
    assert run(config, "check").stderr == ""


def test_a_model_that_is_chosen_and_missing_is_a_warning_and_a_note(
    config: Path, tmp_path: Path, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))
    config.write_text(
        f'[photomill]\ndata_dir = "{tmp_path / "data"}"\n'
        '[editors.foreground]\nuse = "background:network"\noptions = { model = "silueta" }\n'
    )
    advice = "photomill models add silueta --from silueta.onnx"
    assert advice in run(config, "check").stderr
    Image.new("RGB", (60, 40), "red").save(tmp_path / "a.png")
    words = ["edit", str(tmp_path / "a.png"), "--remove-background", "--config", str(config)]
    words += ["--output", str(tmp_path / "out")]
    assert advice in CliRunner().invoke(main, words).stderr


def test_every_mistake_at_once_in_settings(config: Path) -> None:
    config.write_text("[search]\nnear_radius = 'far'\n[fetch]\ntimeot = 3\n")
    result = run(config, "check")
    assert result.exit_code == 2
    assert "search.near_radius" in result.stderr
    assert "fetch.timeot" in result.stderr


def told_keys(result: Result) -> list[str]:
    """The keys that mistakes are told of, in their order."""
    return [
        line.partition("plugins.toml: ")[2].partition(": ")[0]
        for line in result.stderr.splitlines()
    ]


def test_every_mistake_at_once_of_all_kinds(config: Path) -> None:
    config.write_text(
        "[search]\nnear_radius = 'far'\n[jobs]\nexecutor = 'nobody'\n[nothing]\na = 1\n"
        "[embedders.a]\nuse = 3\n[embedders.'b.c']\nuse = 'efficentnet'\nmore = 1\n"
        "[indexes.d]\nuse = 'exact'\noptions = { m = 1 }\n[editors.e]\nuse = 'vips_editor:nope'\n"
        "[adapters.http]\nport = 99999\n[adapters.ftp]\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert sorted(told_keys(result)) == [
        "adapters.ftp",
        "adapters.http.port",
        "editors.e.use",
        "embedders.a.use",
        "embedders.b.c.more",
        "embedders.b.c.use",
        "indexes.d.options.m",
        "jobs.executor",
        "nothing",
        "search.near_radius",
    ]


def test_a_mistake_hides_no_other_of_its_table(config: Path) -> None:
    config.write_text(
        "[photomill]\nplugins = ['nope']\nblas_threads = -1\n"
        "[search]\nembedder = 'colour'\nindex = 'autoo'\nexact_rows = 'many'\n"
        "[jobs]\nexecutor = 'nobody'\nlease = 0\n[editing]\ntemporary = 'nowhere'\nmax_side = '1'\n"
        "[fetch]\nallow = ['10.1.0.0/99', 'foo', '10.0.0.0/8', 7]\n"
        "[albums]\nthumbnail = 'smal'\n[albums.derivatives]\nmine = { side = -1 }\n"
        "[embedders.a]\nuse = 'efficentnet'\nmore = 1\n[storages.b]\nuse = 's3'\noptions = 3\n"
        "[adapters]\nbrowser = 3\n"
        "[adapters.http]\nport = 'x'\nservice_embedders = { words = 'clop' }\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert sorted(told_keys(result)) == [
        "adapters.browser",
        "adapters.http.port",
        "adapters.http.service_embedders.words",
        "albums.derivatives.mine.side",
        "albums.thumbnail",
        "editing.max_side",
        "editing.temporary",
        "embedders.a.more",
        "embedders.a.use",
        "fetch.allow[0]",
        "fetch.allow[1]",
        "fetch.allow[3]",
        "jobs.executor",
        "jobs.lease",
        "photomill.blas_threads",
        "photomill.plugins",
        "search.embedder",
        "search.exact_rows",
        "search.index",
        "storages.b.options",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[catalog]\nurl = 'postgresql://x'", "catalog.url: expected an address that begins with"),
        (
            "[catalog]\nurl = 'mysql://x'",
            "catalog.url: expected an address that begins with sqlite://",
        ),
        (
            "[catalog]\nurl = 'mysq;x'",
            "catalog.url: expected an address that begins with sqlite://",
        ),
        ("[adapters.http]\nhost = ''", "adapters.http.host: expected an address to listen at"),
        (
            "[adapters.http]\npublic_url = 'photos.example'",
            "adapters.http.public_url: expected an address that begins with http:// or https:// and "
            "names a host, got 'photos.example'",
        ),
        (
            "[adapters.http]\npublic_url = 'https://'",
            "adapters.http.public_url: expected an address",
        ),
        (
            "[adapters.http]\nwebhook_url = 'hooks'",
            "adapters.http.webhook_url: expected an address",
        ),
        (
            "[adapters.http]\ncors_origins = ['*', 'shop.example']",
            "adapters.http.cors_origins[1]: expected an origin like 'https://shop.example', or '*'",
        ),
        (
            "[adapters.http]\nallowed_hosts = ['https://shop.example']",
            "adapters.http.allowed_hosts[0]: expected the name of a host",
        ),
        (
            "[adapters.http]\nallowed_hosts = ['*', 'shop.example:8080']",
            "adapters.http.allowed_hosts[1]: expected the name of a host",
        ),
        (
            "[adapters.http]\ntrusted_proxies = ['10.0.0.1', '::1', '10.0.0.0/8', '10.0.0.1/8']",
            "adapters.http.trusted_proxies[3]: expected an address like '10.0.0.1', a network like "
            "'10.0.0.0/8', or '*': 10.0.0.1/8 has host bits set",
        ),
        (
            "[adapters.http]\ntrusted_proxies = ['*', '10.0.0.1']",
            "adapters.http.trusted_proxies: expected '*' alone, or none, got '*', '10.0.0.1'",
        ),
        (
            "[adapters.http]\ntrusted_proxies = ['10.0.0.1', 'proxy.example']",
            "adapters.http.trusted_proxies[1]: expected an address",
        ),
        (
            "[image_urls]\nweb_hosts = ['*', '*.shop.example', '[::1]', 'https://shop.example']",
            "image_urls.web_hosts[3]: expected the name of a host like 'shop.example'",
        ),
        (
            "[image_urls]\nweb_hosts = ['*shop.example']",
            "image_urls.web_hosts[0]: expected the name of a host like 'shop.example'",
        ),
        (
            "[image_urls]\nunsigned = ['record:', 'storage://shop', 'http://a.example/', 'shop/']",
            "image_urls.unsigned[3]: expected what begins with storage://, https://, http://, record:, photo:",
        ),
        (
            "[image_urls]\nunsigned = ['']",
            "image_urls.unsigned[0]: expected what begins with storage://",
        ),
        (
            "[image_urls]\nkeys = [{ name = 'a', secret = '1234567890123456' },"
            " { name = 'a', secret = '6543210987654321' }]",
            "image_urls.keys: expected keys of different names, got 'a' twice",
        ),
        (
            "[adapters.http]\noauth_clients = [{ id = 'a', secret = '12345678', redirect_uris = ['b'] }]",
            "adapters.http.oauth_clients[0].redirect_uris[0]: expected a whole address",
        ),
    ],
)
def test_an_address_with_which_nothing_works_is_a_mistake(
    config: Path, text: str, told: str
) -> None:
    config.write_text(text)
    result = run(config, "check")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: plugins.toml: {told}")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file or directory"), (b"GIF89a", "no PNG file"), (b"", "no PNG file")],
)
def test_a_mark_that_cannot_be_laid_over_photos_is_a_mistake(
    config: Path, content: bytes | None, told: str
) -> None:
    mark = config.parent / "mark.png"
    if content is not None:
        mark.write_bytes(content)
    config.write_text(f"[albums.watermark]\nimage = '{mark}'\n")
    result = run(config, "check")
    assert result.exit_code == 2
    assert result.stderr == f"Error: plugins.toml: albums.watermark.image: {mark}: {told}\n"
    Image.new("RGBA", (2, 2)).save(mark)
    assert run(config, "check").exit_code == 0


@pytest.mark.parametrize(
    ("use", "options", "told"),
    [
        ("onnx", "model = 'a.onnx'", "options.model: no file 'a.onnx'"),
        (
            "onnx",
            "model = 'README.md', text = { model = 'b.onnx', tokenizer = 'c.json' }",
            "options.text.model: no file 'b.onnx'",
        ),
        pytest.param(
            "clip",
            "pretrained = './a.pt'",
            "options.pretrained: no file './a.pt'",
            marks=pytest.mark.clip,
        ),
        pytest.param(
            "clip",
            "model = 'local-dir:./a', pretrained = ''",
            "options.model: no file open_clip_config.json in 'a'",
            marks=pytest.mark.clip,
        ),
    ],
)
def test_weights_that_are_not_there_are_a_warning(
    config: Path, use: str, options: str, told: str
) -> None:
    config.write_text(f"[embedders.mine]\nuse = '{use}'\noptions = {{ {options} }}\n")
    result = run(config, "check")
    assert result.exit_code == 0
    assert f"Warning: embedders.mine: {told}\n" in result.stderr


def test_an_address_of_a_catalog_is_told_without_its_password(config: Path) -> None:
    for url in ("mysql://ann:hush@db/x", "ann:hush@db"):
        config.write_text(f"[catalog]\nurl = '{url}'")
        result = run(config, "check")
        assert result.exit_code == 2
        assert "catalog.url" in result.stderr
        assert "hush" not in result.stderr


def test_a_table_with_a_mistake_names_no_instance_wrongly(config: Path) -> None:
    config.write_text(
        "[search]\nembedder = 'fast'\nfilter = 'mine'\n[filters.mine]\nuse = 'mongo'\n"
        "[embedders.fast]\nuse = 3\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "Error: plugins.toml: embedders.fast.use: expected a string, got 3"
    ]


def test_a_name_of_no_instance_is_a_mistake_wherever_it_stands(config: Path) -> None:
    config.write_text(
        "[editing]\ntext_embedder = 'a'\n[people]\nrecogniser = 'b'\n[texts]\nreader = 'c'\n"
        "[grouping]\ncolours = 'd'\nvisual = 'balancd'\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    for path in ("editing.text_embedder", "people.recogniser", "texts.reader", "grouping.colours"):
        assert f"plugins.toml: {path}: no instance" in result.stderr
    assert "grouping.visual: no instance 'balancd' in [groupers]; did you mean 'balanced'?" in (
        result.stderr
    )


def test_whatever_else_is_named_is_there(config: Path) -> None:
    config.write_text(
        "[albums]\nthumbnail = 'smal'\nformats = ['jpg']\n[images]\nformats = ['jpeg', 'pgn']\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert "plugins.toml: albums.formats[0]: expected one of 'jpeg', 'png'" in result.stderr
    assert "plugins.toml: images.formats[1]: expected one of 'jpeg', 'png'" in result.stderr
    config.write_text(
        "[albums]\nthumbnail = 'smal'\n[storage]\nbucket = 's4'\nfolder = 'mongo'\n"
        "[adapters.http]\nservice_embedders = { words = 'clop' }\n"
    )
    result = run(config, "check")
    assert result.exit_code == 2
    for said in (
        "albums.thumbnail: no derivative 'smal' in [albums.derivatives]; did you mean 'small'?",
        "storage.bucket: no plugin 's4' is installed; expected one of background, ",
        "storage.folder: plugin 'mongo' offers no 'mongo' in storages",
        "adapters.http.service_embedders.words: no instance 'clop' in [embedders]",
    ):
        assert f"plugins.toml: {said}" in result.stderr
    config.write_text(
        "[adapters.http]\nservice_embedders = { words = 'mine' }\n[embedders.mine]\nuse = 3\n"
    )
    assert run(config, "check").stderr.splitlines() == [
        "Error: plugins.toml: embedders.mine.use: expected a string, got 3"
    ]


def test_a_derivative_that_is_left_out_stands_for_no_photo(config: Path) -> None:
    config.write_text("[albums]\nthumbnail = 'small'\n[albums.derivatives]\nsmall = { side = 0 }\n")
    assert "albums.thumbnail: no derivative 'small' in [albums.derivatives]" in (
        run(config, "check").stderr
    )
    config.write_text("[albums.derivatives]\nwatermark_small = { side = 0 }\n")
    result = run(config, "check")
    assert result.exit_code == 0
    assert (
        "Warning: plugins.toml: albums.thumbnail: groups and photos have no thumbnail: "
        "no derivative 'watermark_small' in [albums.derivatives]"
    ) in result.stderr
    config.write_text(
        "[albums]\nthumbnail = ''\n[albums.derivatives]\nwatermark_small = { side = 0 }\n"
    )
    assert "albums.thumbnail" not in run(config, "check").stderr


def test_a_storage_that_may_be_registered_is_a_warning(config: Path) -> None:
    config.write_text(
        "[albums]\nstorage = 'albms'\n[thumbnails]\nstorage = 'temporary'\n"
        "[image_urls]\nunsigned = ['storage://shop/a', 'storage://albums/', 'https://shop.example/']\n"
    )
    result = run(config, "check")
    assert result.exit_code == 0
    warned = [line for line in result.stderr.splitlines() if "registered" in line]
    registered = "serves only where a storage of this name is registered (photomill storages list)"
    assert warned[0] == (
        f"Warning: plugins.toml: albums.storage: 'albms' {registered}: no instance 'albms' in [storages]; "
        "did you mean 'albums'?"
    )
    assert warned[1].startswith(f"Warning: plugins.toml: image_urls.unsigned: 'shop' {registered}")
    assert len(warned) == 2


def test_a_built_in_instance_may_be_left_out_where_nothing_else_is_named(config: Path) -> None:
    config.write_text("[embedders.color]\nuse = ''\n[recognisers.faces]\nuse = ''\n")
    assert run(config, "check").exit_code == 0


def test_every_mistake_at_once_in_components(config: Path) -> None:
    config.write_text(
        '[embedders.a]\nuse = "efficentnet"\n[indexes.b]\nuse = "exact"\noptions = {m = 1}\n'
    )
    result = run(config, "check")
    assert result.exit_code == 2
    assert "embedders.a" in result.stderr
    assert "efficientnet" in result.stderr
    assert "indexes.b" in result.stderr


def test_what_is_shown_is_read_back_the_same(config: Path) -> None:
    config.write_text('[fetch]\nallow = ["10.0.0.0/8"]\n[adapters.http]\nport = 1234\n')
    shown = run(config, "show").stdout
    config.write_text(shown)
    again = run(config, "show").stdout
    assert shown == again
    tree = tomllib.loads(shown)
    assert tree["fetch"]["allow"] == ["10.0.0.0/8"]
    assert tree["adapters"]["http"]["port"] == 1234
    assert json.loads(run(config, "show", "--json").stdout) == tree


def test_secrets_are_not_shown(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE", "open sesame")
    config.write_text('[storages.a]\nuse = "local"\noptions = {secret_key = "${ARCHIVE}"}\n')
    shown = run(config, "show").stdout
    assert "secret_key" in shown
    assert "open sesame" not in shown


def test_the_schema_is_a_json_schema_of_every_table(config: Path) -> None:
    config.write_text("")
    schema = json.loads(run(config, "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"photomill", "fetch", "embedders", "indexes", "adapters"} <= set(schema["properties"])


def test_every_mistake_at_once_in_adapters(config: Path) -> None:
    config.write_text('[adapters.http]\nport = "x"\nprot = 1\n[adapters.htpp]\n')
    result = run(config, "check")
    assert result.exit_code == 2
    assert "adapters.http.port" in result.stderr
    assert "adapters.http.prot" in result.stderr
    assert "adapters.htpp" in result.stderr
    assert result.stderr.count("plugins.toml: ") == 3
