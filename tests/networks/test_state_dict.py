import contextlib
import io
import pickle
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, strategies

from photomill_networks.state_dict import LEGACY_MAGIC, LEGACY_PROTOCOL, read_state_dict

Saved = Callable[[bytes], bytes]

VALUES = np.arange(6, dtype=np.float32)


def tensor(
    shape: Sequence[int] = (2, 3),
    strides: Sequence[int] = (3, 1),
    *,
    offset: int = 0,
    count: int = 6,
    storage: str = "FloatStorage",
) -> bytes:
    """Pickle a tensor as torch does, in the opcodes that can be read."""
    size = "".join(f"I{number}\n" for number in shape)
    steps = "".join(f"I{number}\n" for number in strides)
    return (
        f"ctorch._utils\n_rebuild_tensor_v2\n((Vstorage\nctorch\n{storage}\nV0\nVcpu\nI{count}\ntQ"
        f"I{offset}\n({size}t({steps}tI00\nccollections\nOrderedDict\n(tRtR"
    ).encode()


def named(name: str, value: bytes) -> bytes:
    return b"(dV" + name.encode() + b"\n" + value + b"s"


def archived(content: bytes, data: bytes = VALUES.tobytes(), byteorder: str = "little") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", content + b".")
        archive.writestr("model/byteorder", byteorder)
        archive.writestr("model/data/0", data)
    return file.getvalue()


def legacy(content: bytes, data: bytes = VALUES.tobytes(), count: int = 6) -> bytes:
    system = {"protocol_version": LEGACY_PROTOCOL, "little_endian": True}
    head = b"".join(pickle.dumps(part, 2) for part in (LEGACY_MAGIC, LEGACY_PROTOCOL, system))
    return head + content + b"." + pickle.dumps(["0"], 2) + count.to_bytes(8, "little") + data


@pytest.fixture(params=[archived, legacy])
def saved(request: pytest.FixtureRequest) -> Saved:
    function: Saved = request.param
    return function


def test_a_tensor_is_read(saved: Saved) -> None:
    weights = read_state_dict(saved(named("kernel", tensor())))
    assert weights["kernel"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert weights["kernel"].dtype == np.float32


def test_a_view_is_read(saved: Saved) -> None:
    transposed = tensor((2, 2), (1, 2), offset=2)
    assert read_state_dict(saved(named("kernel", transposed)))["kernel"].tolist() == [
        [2, 4],
        [3, 5],
    ]


def test_a_scalar_and_an_empty_tensor_are_read(saved: Saved) -> None:
    assert read_state_dict(saved(named("scale", tensor((), (), offset=4))))["scale"] == 4.0
    assert read_state_dict(saved(named("none", tensor((0, 3), (3, 1)))))["none"].shape == (0, 3)


def test_arrays_do_not_share_memory(saved: Saved) -> None:
    weights = read_state_dict(saved(named("one", tensor()) + b"Vtwo\n" + tensor() + b"s"))
    weights["one"][:] = 9
    assert weights["two"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_state_dict_within_a_checkpoint_is_read(saved: Saved) -> None:
    content = saved(named("params_ema", named("kernel", tensor())))
    assert read_state_dict(content, within=["params_ema"])["kernel"].shape == (2, 3)
    with pytest.raises(ValueError, match="expected named tensors, found dict at 'params_ema'"):
        read_state_dict(content)
    with pytest.raises(ValueError, match="'params'"):
        read_state_dict(content, within=["params"])


@pytest.mark.parametrize(
    "value",
    [
        tensor(offset=1),
        tensor(offset=-1),
        tensor((2, 3), (3, 2)),
        tensor((2, 3), (-3, 1)),
        tensor((-2, 3), (3, 1)),
        tensor((2, 3), (3,)),
        tensor((1 << 40,), (0,)),
        tensor((7,), (1,), count=7),
        tensor((1,), (1,), count=1 << 45),
        tensor((1,), (1,), count=-1),
    ],
)
def test_a_tensor_that_reaches_outside_its_file_is_refused(saved: Saved, value: bytes) -> None:
    with pytest.raises(ValueError, match=r"tensor|damaged"):
        read_state_dict(saved(named("kernel", value)))


@pytest.mark.parametrize(
    "name", ["os\nsystem", "builtins\neval", "torch\nload", "torch._utils\n_import"]
)
def test_no_other_name_is_looked_up(saved: Saved, name: str) -> None:
    content = saved(named("kernel", f"c{name}\n(Vexit 1\ntR".encode()))
    with pytest.raises(ValueError, match=f"{name.partition(chr(10))[2]} is not allowed"):
        read_state_dict(content)


@pytest.mark.parametrize(
    "value", [b"I1\n", b"Vtext\n", b"(lI1\na", tensor(storage="BFloat16Storage")]
)
def test_what_is_no_known_tensor_is_refused(saved: Saved, value: bytes) -> None:
    with pytest.raises(ValueError, match=r"expected named tensors|not allowed"):
        read_state_dict(saved(named("other", tensor()) + b"Vkernel\n" + value + b"s"))


@given(cut=strategies.integers(0, 400))
def test_a_truncated_file_is_an_error(cut: int) -> None:
    for saved in (archived, legacy):
        whole = saved(named("kernel", tensor()))
        with pytest.raises(ValueError, match=r"."):
            read_state_dict(whole[: min(cut, len(whole) - 1)])


@given(position=strategies.integers(0, 10_000), value=strategies.integers(0, 255))
def test_a_damaged_file_is_an_error_or_read(position: int, value: int) -> None:
    for saved in (archived, legacy):
        damaged = bytearray(saved(named("kernel", tensor())))
        damaged[position % len(damaged)] = value
        with contextlib.suppress(ValueError):
            read_state_dict(bytes(damaged))


def test_a_compressed_archive_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", named("kernel", tensor()) + b".")
        archive.writestr("model/data/0", VALUES.tobytes())
    with pytest.raises(ValueError, match="compressed"):
        read_state_dict(file.getvalue())


def test_the_other_byte_order_is_refused() -> None:
    with pytest.raises(ValueError, match="big-endian"):
        read_state_dict(archived(named("kernel", tensor()), byteorder="big"))


@pytest.mark.clip
@pytest.mark.parametrize("zipped", [True, False])
def test_it_reads_what_torch_saves(zipped: bool) -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    expected = layer.state_dict()
    expected["half"] = torch.arange(10.0).half()[2:8:2]
    expected["parameter"] = torch.nn.Parameter(torch.ones(2, 3).t())
    file = io.BytesIO()
    torch.save(expected, file, _use_new_zipfile_serialization=zipped)
    weights = read_state_dict(file.getvalue())
    assert list(weights) == list(expected)
    for name, values in weights.items():
        assert np.array_equal(values, expected[name].detach().numpy())
        assert values.dtype == expected[name].detach().numpy().dtype
