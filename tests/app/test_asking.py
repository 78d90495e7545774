from __future__ import annotations

from pathlib import Path

from fks_desk.app.asking import fields, lines, without_models
from fks_desk.app.settings import AssistantSettings
from fks_desk.core.messages import AnswerDone, Citation
from fks_desk.core.model import RowRef


def answer(text, *excerpts):
    citations = tuple(
        Citation(number=number, ref=RowRef(kind="trade", key=str(number)), excerpt=excerpt)
        for number, excerpt in enumerate(excerpts, start=1)
    )
    return AnswerDone(question="q", text=text, citations=citations, model="evidence alone")


def test_a_script_gets_text_model_and_citations():
    assert fields("why?", answer("Bought. [1]", "a fill of 0.5")) == {
        "question": "why?",
        "answer": "Bought. [1]",
        "model": "evidence alone",
        "citations": [{"number": 1, "ref": "trade:1", "excerpt": "a fill of 0.5"}],
    }


def test_a_person_reads_what_the_answer_does_not_say_itself():
    told = lines(answer("Bought 0.5. [1]\nSo it is. [2]", "Bought 0.5.", "Sold 0.1."))

    assert told == [
        "Bought 0.5. [1]",
        "So it is. [2]",
        "",
        "Sources:",
        "  [1] trade:1",
        "  [2] trade:2: Sold 0.1.",
    ]


def test_an_answer_without_a_row_has_no_sources():
    assert lines(answer("No stored row answers this.")) == ["No stored row answers this."]


def test_without_models_nothing_is_loaded_and_the_rest_stays():
    settings = AssistantSettings(model_file=Path("/m.gguf"), context_tokens=1024)

    quick = without_models(settings)

    assert (quick.embeddings, quick.model_file, quick.context_tokens) == ("words", None, 1024)
