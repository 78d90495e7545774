"""Load a GGUF file and write answers, inside a process that may die of it."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

from fks_desk.adapters.llm.chat_format import Frame, Part, frame_for, framed
from fks_desk.adapters.llm.wire import Load, Loaded, Piece, Refused, Stop, Write, Written

MAGIC = b"GGUF"
_TEMPERATURE = 0.1


def serve(pipe: Connection) -> None:
    """Load the model that the first message names, then answer one prompt after another."""
    try:
        order: Load = pipe.recv()
    except (EOFError, OSError):
        return
    try:
        model = _loaded(order)
    except Exception as error:  # noqa: BLE001  whatever a foreign file breaks becomes a sentence
        pipe.send(Refused(reason=_sentence(error, order)))
        return
    pipe.send(Loaded(name=order.file.stem, can_offload=_can_offload()))
    while True:
        try:
            asked = pipe.recv()
        except (EOFError, OSError):
            return
        if isinstance(asked, Write):
            _answer(pipe, model, asked)


def _loaded(order: Load) -> Any:  # Llama ships no types
    with order.file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise ValueError("it does not begin as a GGUF file does")
    import llama_cpp  # noqa: PLC0415  loaded in this process only
    from llama_cpp import llama_chat_format  # noqa: PLC0415  likewise

    # The model's own chat template is a program; the library would compile it here.
    llama_chat_format.Jinja2ChatFormatter = _NoTemplate  # type: ignore[assignment,misc]  # on purpose
    _silence()
    return llama_cpp.Llama(
        model_path=os.fspath(order.file),
        n_ctx=order.context_tokens,
        n_gpu_layers=order.gpu_layers if _can_offload() else 0,
        n_threads=order.threads,
        chat_format="plain",
        verbose=False,
    )


class _NoTemplate:
    """Stand in for the library's template compiler and compile nothing."""

    def __init__(self, **_given: object) -> None:
        pass

    def to_chat_handler(self) -> None:
        """Return no handler: answers are framed by `chat_format`."""
        return


def _answer(pipe: Connection, model: Any, asked: Write) -> None:
    try:
        frame = frame_for(str(model.metadata.get("tokenizer.chat_template", "")))
        tokens = _tokens(model, frame, asked)
        room = model.n_ctx() - len(tokens)
        if room < min(asked.max_tokens, 16):
            pipe.send(
                Refused(
                    number=asked.number,
                    reason=f"the question with its evidence takes {len(tokens)} tokens, the model "
                    f"holds {model.n_ctx()}",
                    needed_tokens=len(tokens) + asked.max_tokens,
                    held_tokens=model.n_ctx(),
                )
            )
            return
        for text in _pieces(model, frame, tokens, min(asked.max_tokens, room)):
            pipe.send(Piece(number=asked.number, text=text))
            if _is_stopped(pipe, asked.number):
                break
        pipe.send(Written(number=asked.number))
    except (EOFError, OSError):
        raise
    except Exception as error:  # noqa: BLE001  the desk is told, and the next prompt may do
        pipe.send(Refused(number=asked.number, reason=f"the model failed: {error}"))


def _tokens(model: Any, frame: Frame, asked: Write) -> list[int]:
    tokens: list[int] = []
    for part, text in framed(frame, asked.system, asked.prompt):
        # A control token inside a document's text stays what it is: text.
        tokens += model.tokenize(
            text.encode("utf-8", errors="replace"),
            add_bos=not tokens,
            special=part is Part.CONTROL,
        )
    return tokens


def _pieces(model: Any, frame: Frame, tokens: list[int], most: int) -> Iterator[str]:
    """Yield text as it is written; a character is never cut, an end mark never shown."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    held = ""
    written: list[int] = []
    for token in model.generate(tokens, temp=_TEMPERATURE, top_k=40, top_p=0.9, min_p=0.05):
        if token == model.token_eos() or _ends_answer(model, token) or len(written) >= most:
            break
        raw = model.detokenize([token], prev_tokens=tokens + written)
        written.append(token)
        held += decoder.decode(raw)
        end = min((place for mark in frame.ends if (place := held.find(mark)) >= 0), default=-1)
        if end >= 0:
            held = held[:end]
            break
        keep = _possible_mark(held, frame.ends)
        if len(held) > keep:
            yield held[: len(held) - keep]
            held = held[len(held) - keep :]
        elif not held:
            yield ""
    held += decoder.decode(b"", final=True)
    if held:
        yield held


def _possible_mark(held: str, marks: tuple[str, ...]) -> int:
    """Return how many characters at the end may be the beginning of an end mark."""
    return max(
        (
            length
            for mark in marks
            for length in range(1, min(len(mark), len(held)) + 1)
            if held.endswith(mark[:length])
        ),
        default=0,
    )


def _ends_answer(model: Any, token: int) -> bool:
    import llama_cpp  # noqa: PLC0415  loaded in this process only

    vocabulary = llama_cpp.llama_model_get_vocab(model.model)
    return bool(llama_cpp.llama_vocab_is_eog(vocabulary, token))


def _is_stopped(pipe: Connection, number: int) -> bool:
    if not pipe.poll():
        return False
    order = pipe.recv()
    return isinstance(order, Stop) and order.number == number


def _can_offload() -> bool:
    import llama_cpp  # noqa: PLC0415  loaded in this process only

    return bool(llama_cpp.llama_supports_gpu_offload())


def _silence() -> None:
    """Send the library's chatter nowhere: it writes to the process's own error stream."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123  a device, not a path
        os.dup2(nowhere.fileno(), 2)


def _sentence(error: Exception, order: Load) -> str:
    if isinstance(error, ModuleNotFoundError):
        return "llama-cpp-python is not installed; install the extra `llm`"
    if isinstance(error, FileNotFoundError):
        return f"there is no file {order.file}"
    detail = str(error) or type(error).__name__
    return f"{order.file.name} cannot be used as a model: {detail}"
