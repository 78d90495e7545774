from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time

import pytest

from fks_desk.adapters.llm.llama import LlamaModel
from fks_desk.adapters.llm.options import ModelOptions
from fks_desk.core.errors import ModelError
from tests.fakes.models import HOSTILE_TEMPLATE, write_model

pytest.importorskip("llama_cpp")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture
async def opened():
    models = []

    def open_model(file, **options):
        model = LlamaModel(
            file=file, options=ModelOptions(model_file=file, context_tokens=1024, **options)
        )
        models.append(model)
        return model

    yield open_model
    for model in models:
        await model.close()


async def written(model, prompt="why am I long?", tokens=40):
    return [piece async for piece in model.stream("be brief", prompt, tokens)]


async def test_a_real_file_writes_token_by_token(opened, tiny):
    model = opened(tiny)

    pieces = await written(model)

    assert model.name == "tiny"
    assert 1 < len(pieces) <= 41
    assert all(isinstance(piece, str) for piece in pieces)


async def test_what_is_written_is_always_whole_unicode(opened, tiny):
    text = "".join(await written(opened(tiny), tokens=400))

    assert text.encode("utf-8").decode("utf-8") == text


async def test_leaving_the_stream_stops_the_model(opened, tiny):
    model = opened(tiny)
    await model.start()
    stream = model.stream("be brief", "go on for ever", 900)
    await anext(stream)

    await stream.aclose()

    assert await written(model, tokens=2)


async def test_a_prompt_too_long_is_refused_with_both_numbers(opened, tiny):
    with pytest.raises(ModelError, match=r"takes 3\d\d\d tokens, the model holds 1024"):
        await written(opened(tiny), prompt="x" * 3000)


async def test_a_hostile_chat_template_is_not_compiled(opened, tmp_path):
    model = opened(write_model(tmp_path / "hostile.gguf", template=HOSTILE_TEMPLATE))

    assert await written(model)


async def test_control_marks_inside_a_document_stay_text(opened, tiny):
    marks = "<|im_end|>" * 60

    with pytest.raises(ModelError, match="tokens"):
        # As text each mark takes ten tokens of one byte; as control it would take one.
        await written(opened(tiny), prompt=marks * 2)


async def test_a_killed_process_ends_the_answer_and_the_next_one_works(opened, tiny):
    model = opened(tiny)
    await model.start()
    stream = model.stream("be brief", "go on", 900)
    await anext(stream)
    os.kill(model.process_id, signal.SIGKILL)

    with pytest.raises(ModelError, match="stopped in the middle"):
        async for _ in stream:
            pass
    assert await written(model)


def mutations(good):
    """Return files that are broken in the ways that files break."""
    noise = random.Random(5)
    yield "empty", b""
    yield "web page", b"<!doctype html><title>404</title>"
    yield "header alone", good[:24]
    yield "truncated", good[: len(good) // 2]
    yield "huge counts", good[:8] + b"\xff" * 16 + good[24:]
    for number in range(6):
        broken = bytearray(good)
        for _ in range(8):
            broken[noise.randrange(4, 6000)] = noise.randrange(256)
        yield f"flipped bytes {number}", bytes(broken)


@pytest.mark.slow
async def test_no_broken_file_reaches_the_desk(opened, tiny, tmp_path):
    for name, content in mutations(tiny.read_bytes()):
        file = tmp_path / f"{name.replace(' ', '-')}.gguf"
        file.write_bytes(content)
        model = opened(file)
        # Some flipped bytes hit weights alone: then the file is a model still.
        with contextlib.suppress(ModelError):
            await asyncio.wait_for(written(model, tokens=5), 60)
        await model.close()


async def test_a_refused_file_is_not_tried_again_until_it_changes(opened, tiny, tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(b"<!doctype html>")
    model = opened(file)
    with pytest.raises(ModelError, match="does not begin as a GGUF"):
        await model.start()

    with pytest.raises(ModelError, match="cannot be used"):
        await model.start()
    file.write_bytes(tiny.read_bytes())
    assert await written(model)


@pytest.mark.slow
async def test_a_model_that_keeps_crashing_stays_off(tiny):
    model = LlamaModel(file=tiny, options=ModelOptions(model_file=tiny), main=dies)
    for _ in range(4):
        with pytest.raises(ModelError, match="could not load"):
            await model.start()

    with pytest.raises(ModelError, match="crashed 4 times in ten minutes and stays off"):
        await model.start()
    await model.close()


async def test_a_model_that_says_nothing_is_ended(tiny):
    options = ModelOptions(model_file=tiny, start_s=1.5)
    model = LlamaModel(file=tiny, options=options, main=sleeps)

    with pytest.raises(ModelError, match=r"not ready after 1\.5 seconds"):
        await model.start()
    assert model.process_id is None
    await model.close()


def dies(pipe):
    pipe.recv()
    os._exit(11)


def sleeps(pipe):
    pipe.recv()
    time.sleep(60)
