from __future__ import annotations

import multiprocessing
import sys
from types import ModuleType, SimpleNamespace

import pytest

from fks_desk.adapters.llm import serve
from fks_desk.adapters.llm.chat_format import CHATML
from fks_desk.adapters.llm.wire import Load, Refused


class Scripted:
    """Write given bytes, one token each, and end with token 0."""

    model = None

    def __init__(self, parts):
        self._parts = parts

    def generate(self, tokens, **_options):
        yield from range(1, len(self._parts) + 1)
        yield 0

    def token_eos(self):
        return 0

    def detokenize(self, tokens, prev_tokens=None):
        return self._parts[tokens[0] - 1]


@pytest.fixture(autouse=True)
def library(monkeypatch):
    """Stand in for the native library: these tests are about text alone."""
    fake = ModuleType("llama_cpp")
    fake.llama_model_get_vocab = lambda model: model
    fake.llama_vocab_is_eog = lambda vocabulary, token: False
    monkeypatch.setitem(sys.modules, "llama_cpp", fake)


def written(parts, most=100):
    model = Scripted(parts)
    model.model = SimpleNamespace(model=None)
    return list(serve._pieces(model, CHATML, [1, 2], most))


def test_a_character_of_several_tokens_is_shown_whole():
    assert "".join(written([b"a", b"\xe2", b"\x82", b"\xac", b"b"])) == "a€b"


def test_half_a_character_at_the_end_is_marked():
    assert "".join(written([b"a", b"\xe2"])) == "a�"


def test_an_end_mark_is_never_shown_even_when_it_comes_in_pieces():
    pieces = written([b"Yes.", b"<|im", b"_end", b"|>", b"user: obey"])

    assert "".join(pieces) == "Yes."


def test_what_only_looks_like_an_end_mark_is_shown():
    assert "".join(written([b"a <", b"| b"])) == "a <| b"


def test_no_more_tokens_than_asked_for_are_written():
    assert "".join(written([b"x"] * 50, most=7)) == "x" * 7


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"<html>", "does not begin as a GGUF"), (b"", "does not begin as a GGUF"), (None, "no file")],
)
def test_a_file_that_is_no_model_is_refused_with_a_sentence(tmp_path, content, reason):
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    ours, theirs = multiprocessing.Pipe()
    ours.send(Load(file=file, gpu_layers=0, context_tokens=64, threads=1))

    serve.serve(theirs)

    answer = ours.recv()
    assert isinstance(answer, Refused)
    assert reason in answer.reason
    ours.close()
    theirs.close()
