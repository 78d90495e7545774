from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from fks_desk.app.logs import JsonFormatter, start_logging, topic_of


@pytest.fixture
def root():
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    logger.setLevel(level)
    assert logger.handlers == handlers


@pytest.fixture
def running(root, tmp_path):
    running = start_logging(tmp_path, "INFO")
    yield running
    running.close()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def written(text, *arguments, planted=frozenset()):
    record = logging.LogRecord("fks_desk.app", logging.INFO, "", 0, text, arguments, None)
    return json.loads(JsonFormatter(set(planted)).format(record))


@pytest.mark.parametrize(
    ("logger", "topic"),
    [
        ("fks_desk.trading.desk", "trading"),
        ("fks_desk.adapters.exchange", "trading"),
        ("fks_desk.tasks.board", "tasks"),
        ("procrastinate.worker", "tasks"),
        ("fks_desk.intelligence.retrieval", "rag"),
        ("fks_desk.ui.shell", "app"),
        ("fks_desk.trading_hours", "app"),
    ],
)
def test_each_room_s_lines_go_to_its_topic(logger, topic):
    assert topic_of(logger) == topic


def test_a_line_is_json_with_time_level_module_and_event(running, tmp_path):
    logging.getLogger("fks_desk.trading.desk").info("sent %d orders", 3)
    running.close()

    line = lines(tmp_path / "trading.log")[0]
    assert line["event"] == "sent 3 orders"
    assert line["level"] == "INFO"
    assert line["module"] == "fks_desk.trading.desk"
    assert line["ts"].endswith("+00:00")
    assert not (tmp_path / "app.log").exists()


def test_fields_stand_beside_the_event(running, tmp_path):
    logging.getLogger("fks_desk.app.x").info("moved", extra={"fields": {"order": 7}})
    running.close()

    assert lines(tmp_path / "app.log")[0]["order"] == "7"


def test_errors_stand_in_their_topic_and_in_the_error_log(running, tmp_path, allow_warnings):
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("fks_desk.tasks.x").exception("a task failed")
    running.close()

    assert lines(tmp_path / "error.log") == lines(tmp_path / "tasks.log")
    assert "ValueError: broken" in lines(tmp_path / "error.log")[0]["traceback"]


def test_lines_below_the_level_are_left_out(running, tmp_path):
    logging.getLogger("fks_desk.app.x").debug("quiet")
    running.close()

    assert not (tmp_path / "app.log").exists()


def test_every_line_of_before_the_end_is_written(running, tmp_path):
    for number in range(2_000):
        logging.getLogger("fks_desk.app.x").info("line %d", number)
    running.close()

    assert [line["event"] for line in lines(tmp_path / "app.log")][-1] == "line 1999"


def test_ending_twice_is_harmless(running):
    running.close()
    running.close()


@pytest.mark.parametrize(
    "text",
    [
        "api_key=hush&x=1",
        "apiKey: hush",
        "{'secret': 'hush'}",
        '{"secret": "hush"}',
        '"{\\"signature\\": \\"hush\\"}"',
        "GET /api/v3/order?symbol=BTCUSDT&signature=hush",
        "X-MBX-APIKEY: hush",
        "Authorization: Bearer hush.hush",
        "postgresql://me:hush@host/name",
        "https://discord.com/api/webhooks/1234/hush-hush_hush",
        "passphrase = hush",
    ],
)
def test_secrets_are_taken_out_however_they_are_written(text):
    line = written("%s", text)

    assert "hush" not in line["event"]
    assert "***" in line["event"]


def test_harmless_words_stay(running):
    text = "max_tokens=400, secretary present, keyring unlocked, ETH/USDT at 12:30"

    assert written("%s", text)["event"] == text


def test_a_planted_secret_is_taken_out_everywhere(running, tmp_path):
    running.hide("0123456789abcdef")
    logging.getLogger("fks_desk.app.x").info("it was 0123456789abcdef")
    running.close()

    assert lines(tmp_path / "app.log")[0]["event"] == "it was ***"


def test_short_texts_are_not_planted(running):
    running.hide("a")

    assert running.planted == set()


def test_a_full_disk_costs_lines_and_nothing_else(root, tmp_path, capfd):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no file that is always full")
    (tmp_path / "app.log").symlink_to(full)
    running = start_logging(tmp_path, "INFO")
    logging.getLogger("fks_desk.app").info("nowhere to go")

    running.close()

    assert capfd.readouterr().err == ""
