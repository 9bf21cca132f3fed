"""Components open when they are first used, once, and close in reverse order, whatever happens."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from attrs import frozen
from numpy.typing import NDArray

from photomill.components import (
    Component,
    Decoder,
    EditContext,
    EditOperation,
    Encoder,
    Executor,
    Health,
    NoOptions,
    OpenContext,
    Rows,
    Stage,
    Storage,
    VectorIndex,
    Vectors,
)
from photomill.components.output import Output
from photomill.config.settings import ImageSettings
from photomill.errors import NotFound, PluginError, PluginUnavailable
from photomill.images.image import Image
from photomill.images.raster import Raster
from photomill.plugins import Components

MakeClass = Callable[..., type[Executor]]
Load = Callable[..., Components]


class Scan(VectorIndex):
    name = "scan"
    _vectors: Vectors

    @property
    def size(self) -> int:
        return len(self._vectors)

    def _build(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        return np.argsort(-queries @ self._vectors.T, axis=1)[:, :count].astype(np.int64)


def recorded(executor_class: MakeClass, events: list[str], name: str) -> type[Executor]:
    """Make a class that notes when it is opened and closed."""
    return executor_class(
        name,
        open=lambda self, context: events.append(f"open {context.instance}"),
        close=lambda self: events.append("close"),
    )


def test_a_component_opens_on_first_use_and_once(
    load_components: Load, executor_class: MakeClass
) -> None:
    events: list[str] = []
    components = load_components(
        recorded(executor_class, events, "mine"), executors={"a": {"use": "mine"}}
    )
    assert events == []
    assert components.executor("a") is components.executor("a")
    assert events == ["open a"]


def test_a_hundred_threads_open_one_component(
    load_components: Load, executor_class: MakeClass
) -> None:
    opened: list[int] = []

    def slow(self: Component, context: OpenContext) -> None:
        time.sleep(0.02)
        opened.append(1)

    components = load_components(
        executor_class("mine", open=slow), executors={"a": {"use": "mine"}}
    )
    with ThreadPoolExecutor(100) as pool:
        found = set(map(id, pool.map(components.executor, ["a"] * 100)))
    assert len(found) == len(opened) == 1


def test_one_that_opens_slowly_keeps_nobody_else_waiting(
    load_components: Load, executor_class: MakeClass
) -> None:
    go_on = threading.Event()
    components = load_components(
        executor_class("slow", open=lambda self, context: go_on.wait(120)),
        executor_class("quick"),
        executors={"slow": {"use": "slow"}, "quick": {"use": "quick"}},
    )
    waiting = threading.Thread(target=components.executor, args=("slow",))
    waiting.start()
    components.executor("quick")
    assert waiting.is_alive()
    go_on.set()
    waiting.join()


def test_components_close_in_reverse_order_of_opening(
    load_components: Load, executor_class: MakeClass
) -> None:
    events: list[str] = []

    def named(name: str) -> type[Executor]:
        return executor_class(name, close=lambda self: events.append(name))

    components = load_components(
        named("a"),
        named("b"),
        named("c"),
        named("unused"),
        executors={name: {"use": name} for name in ("a", "b", "c", "unused")},
    )
    for name in ("b", "c", "a"):
        components.executor(name)
    components.close()
    assert events == ["a", "c", "b"]
    components.close()
    assert events == ["a", "c", "b"]


def test_one_that_cannot_close_keeps_none_of_the_others_open(
    load_components: Load, executor_class: MakeClass, caplog: pytest.LogCaptureFixture
) -> None:
    events: list[str] = []

    def fail(self: Component) -> None:
        raise OSError("the disk is gone")

    components = load_components(
        recorded(executor_class, events, "good"),
        executor_class("bad", close=fail),
        executors={"good": {"use": "good"}, "bad": {"use": "bad"}},
    )
    components.executor("good")
    components.executor("bad")
    components.close()
    assert events == ["open good", "close"]
    assert "executors.bad cannot be closed" in caplog.text


def test_a_failed_open_is_closed_and_tried_again(
    load_components: Load, executor_class: MakeClass
) -> None:
    events: list[str] = []

    def open_second_time(self: Component, context: OpenContext) -> None:
        events.append("open")
        if len(events) == 1:
            raise OSError("no route to host")

    components = load_components(
        executor_class("mine", open=open_second_time, close=lambda self: events.append("close")),
        executors={"a": {"use": "mine"}},
    )
    with pytest.raises(
        PluginUnavailable, match=r"executors\.a cannot be opened: OSError: no route"
    ):
        components.executor("a")
    components.executor("a")
    assert events == ["open", "close", "open"]


def test_nothing_opens_after_the_end(load_components: Load, executor_class: MakeClass) -> None:
    components = load_components(executor_class("mine"), executors={"a": {"use": "mine"}})
    components.close()
    with pytest.raises(PluginError, match="closed"):
        components.executor("a")


@pytest.mark.parametrize(
    ("instance", "hint"), [("mian", "did you mean 'main'?"), ("zzz", "expected one of main")]
)
def test_an_unknown_instance_is_not_found_with_a_suggestion(
    load_components: Load, executor_class: MakeClass, instance: str, hint: str
) -> None:
    components = load_components(executor_class("mine"), executors={"main": {"use": "mine"}})
    with pytest.raises(NotFound) as caught:
        components.executor(instance)
    assert str(caught.value) == f"no instance {instance!r} in [executors]; {hint}"


def test_a_family_without_instances_says_so(load_components: Load) -> None:
    with pytest.raises(NotFound, match="none is configured"):
        load_components().embedder("main")


def test_a_component_has_a_cache_folder_of_its_own(
    load_components: Load, executor_class: MakeClass, tmp_path: Any
) -> None:
    contexts: list[OpenContext] = []
    mine = executor_class("mine", open=lambda self, context: contexts.append(context))
    components = load_components(mine, executors={"a": {"use": "mine"}, "b": {"use": "mine"}})
    components.executor("a")
    components.executor("b")
    assert len({context.cache_dir for context in contexts}) == 2
    assert all(context.cache_dir.is_relative_to(tmp_path) for context in contexts)


def test_every_collection_gets_an_index_of_its_own(load_components: Load) -> None:
    components = load_components(Scan, indexes={"main": {"use": "scan"}})
    assert components.index_class("main") == (Scan, NoOptions())
    first, second = components.new_index("main"), components.new_index("main")
    first.build(np.eye(3, dtype=np.float32))
    second.build(np.eye(2, dtype=np.float32))
    assert (first.size, second.size) == (3, 2)


def test_health_is_asked_of_what_is_open(load_components: Load, executor_class: MakeClass) -> None:
    def fail(self: Component) -> Health:
        raise OSError("lost the connection")

    components = load_components(
        executor_class("good"),
        executor_class("ill", health=lambda self: Health(ok=False, detail="queue is full")),
        executor_class("bad", health=fail),
        executor_class("unused"),
        executors={name: {"use": name} for name in ("good", "ill", "bad", "unused")},
    )
    for name in ("good", "ill", "bad"):
        components.executor(name)
    assert components.health() == {
        "executors.good": Health(),
        "executors.ill": Health(ok=False, detail="queue is full"),
        "executors.bad": Health(ok=False, detail="OSError: lost the connection"),
    }


# ---------------------------------------------------------------- by what they do


class Decodes(Decoder):
    name = "first"
    formats = frozenset({"png"})

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        return Image.from_pixels(np.zeros((1, 1, 3), np.uint8))


class DecodesBetter(Decodes):
    name = "better"
    rank = 10


def test_the_decoder_of_the_highest_rank_comes_first(load_components: Load) -> None:
    components = load_components(
        Decodes, DecodesBetter, decoders={"a": {"use": "first"}, "b": {"use": "better"}}
    )
    assert components.decoders() == [(DecodesBetter, NoOptions()), (Decodes, NoOptions())]


class Folder(Storage):
    name = "folder"

    def open_object(self, key: str) -> BinaryIO:
        return BytesIO(key.encode())


class Web(Folder):
    name = "web"
    schemes = frozenset({"http", "https"})


def test_storages_are_found_by_scheme(load_components: Load) -> None:
    components = load_components(
        Folder, Web, storages={"archive": {"use": "folder"}, "net": {"use": "web"}}
    )
    web = components.storage("net")
    assert components.storages_by_scheme() == {"http": web, "https": web}


@frozen
class Strength:
    strength: float = 0.0


class Sepia(EditOperation):
    name = "sepia"
    operation = "effects.sepia"
    stage = Stage.STYLE
    Parameters = Strength

    def _apply(self, raster: Raster, parameters: Any, context: EditContext) -> Raster:
        return raster


class BetterSepia(Sepia):
    name = "better_sepia"
    rank = 5


class Blur(Sepia):
    name = "blur"
    operation = "effects.blur"


def test_the_edit_operation_of_the_highest_rank_does_it(load_components: Load) -> None:
    components = load_components(
        Sepia,
        BetterSepia,
        Blur,
        editors={name: {"use": name} for name in ("sepia", "better_sepia", "blur")},
    )
    tools = components.tools()
    assert [tool.kind for tool in tools.editors] == [BetterSepia, Sepia, Blur]
    assert tools.operations() == {"effects.sepia": BetterSepia, "effects.blur": Blur}


class NeedsALibrary(Blur):
    name = "needs_a_library"
    rank = 20
    requires = ("no_such_library",)
    extra = "a-distribution"


def test_an_edit_operation_that_cannot_be_used_leaves_its_work_to_others(
    load_components: Load,
) -> None:
    components = load_components(
        Blur, NeedsALibrary, editors={"a": {"use": "blur"}, "b": {"use": "needs_a_library"}}
    )
    tools = components.tools()
    assert [(tool.instance, "no_such_library" in tool.unavailable) for tool in tools.editors] == [
        ("b", True),
        ("a", False),
    ]


class Writes(Encoder):
    name = "writes"
    formats = frozenset({"png"})

    def encode(self, raster: Raster, output: Output, context: EditContext) -> bytes:
        return b""


class WritesBetter(Writes):
    name = "writes_better"
    rank = 10


def test_the_encoder_of_the_highest_rank_comes_first(load_components: Load) -> None:
    components = load_components(
        Writes, WritesBetter, encoders={"a": {"use": "writes"}, "b": {"use": "writes_better"}}
    )
    assert [tool.kind for tool in components.tools().encoders] == [WritesBetter, Writes]


# ---------------------------------------------------------------- one thread at a time


class Crowd:
    """Notes how many threads are inside at once."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0

    def visit(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.002)
        self.inside -= 1


@pytest.mark.parametrize("thread_safe", [True, False])
def test_calls_of_what_is_not_thread_safe_wait_for_each_other(
    load_components: Load, executor_class: MakeClass, thread_safe: bool
) -> None:
    crowd = Crowd()

    def parallelism(self: Executor) -> int:
        crowd.visit()
        return 1

    def count(self: Executor) -> Iterator[int]:
        for item in range(3):
            crowd.visit()
            yield item

    def health(self: Component) -> Health:
        crowd.visit()
        return Health()

    mine = executor_class(
        "mine",
        thread_safe=thread_safe,
        parallelism=property(parallelism),
        count=count,
        health=health,
        greeting=staticmethod(lambda: "hello"),
    )
    executor = load_components(mine, executors={"a": {"use": "mine"}}).executor("a")
    assert isinstance(executor, mine)

    def use(_: int) -> None:
        executor.health()
        assert executor.greeting() == "hello"  # type: ignore[attr-defined]
        assert executor.parallelism == 1
        assert list(executor.count()) == [0, 1, 2]  # type: ignore[attr-defined]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(16)))
    assert (crowd.most == 1) is not thread_safe


_THREADS_OF_PRODUCTS = """
from threadpoolctl import threadpool_info
from photomill.config.load import load_settings
from photomill.plugins import Components

def threads():
    return [found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"]

settings = load_settings(environ={}, overrides=OVERRIDES)
print(*threads())
with Components.load(settings) as components:
    print(*threads())
    Components.load(settings).close()
    components.new_index("large").close()
    print(*threads())
print(*threads())
"""


@pytest.mark.parametrize("limit", [1, 2])
def test_every_library_of_products_is_limited(tmp_path: Path, limit: int) -> None:
    overrides = {"photomill.data_dir": str(tmp_path), "photomill.blas_threads": limit}
    script = _THREADS_OF_PRODUCTS.replace("OVERRIDES", repr(overrides))
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    alone, limited, with_faiss, at_the_end = map(str.split, run.stdout.splitlines())
    assert len(alone) == len(limited) == 1
    assert limited == [str(limit)]
    assert with_faiss == [str(limit)] * 2
    assert at_the_end[0] == alone[0]
