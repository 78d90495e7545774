"""Frame a prompt as a model expects it, without running the model's own template.

A model file carries a template that is a program (Jinja); a hostile file's program
must not run. So the template is only looked at, to tell which of the known frames
the model was trained on, and that frame is written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Say whether a piece may hold control tokens."""

    CONTROL = "control"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Hold what stands before, between and behind the texts, and what ends an answer."""

    name: str
    before_system: str
    before_prompt: str
    before_answer: str
    ends: tuple[str, ...]


CHATML = Frame(
    name="chatml",
    before_system="<|im_start|>system\n",
    before_prompt="<|im_end|>\n<|im_start|>user\n",
    before_answer="<|im_end|>\n<|im_start|>assistant\n",
    ends=("<|im_end|>", "<|im_start|>"),
)
LLAMA3 = Frame(
    name="llama-3",
    before_system="<|start_header_id|>system<|end_header_id|>\n\n",
    before_prompt="<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n",
    before_answer="<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ends=("<|eot_id|>", "<|start_header_id|>"),
)
GEMMA = Frame(
    name="gemma",
    before_system="<start_of_turn>user\n",
    before_prompt="\n\n",
    before_answer="<end_of_turn>\n<start_of_turn>model\n",
    ends=("<end_of_turn>", "<start_of_turn>"),
)
PHI = Frame(
    name="phi",
    before_system="<|system|>\n",
    before_prompt="<|end|>\n<|user|>\n",
    before_answer="<|end|>\n<|assistant|>\n",
    ends=("<|end|>", "<|user|>"),
)
MISTRAL = Frame(
    name="mistral",
    before_system="[INST] ",
    before_prompt="\n\n",
    before_answer=" [/INST]",
    ends=("[INST]",),
)
PLAIN = Frame(
    name="plain",
    before_system="",
    before_prompt="\n\n### Question\n",
    before_answer="\n\n### Answer\n",
    ends=("\n### ",),
)
_SIGNS = (
    ("<|im_start|>", CHATML),
    ("<|start_header_id|>", LLAMA3),
    ("<start_of_turn>", GEMMA),
    ("<|end|>", PHI),
    ("[INST]", MISTRAL),
)


def frame_for(template: str) -> Frame:
    """Return the frame that a model's template shows signs of, else the plain one."""
    return next((frame for sign, frame in _SIGNS if sign in template), PLAIN)


def framed(frame: Frame, system: str, prompt: str) -> list[tuple[Part, str]]:
    """Return the pieces in order; only the frame's own may hold control tokens."""
    return [
        (Part.CONTROL, frame.before_system),
        (Part.TEXT, system),
        (Part.CONTROL, frame.before_prompt),
        (Part.TEXT, prompt),
        (Part.CONTROL, frame.before_answer),
    ]
