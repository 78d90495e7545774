from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from fks_desk.app.venue_child import STATE_FILE


def launch(folder, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "fks_desk", "venue", "--data", str(folder), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def asked(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def ended():
    processes = []
    yield processes.append
    for process in processes:
        process.kill()
        process.communicate()


def test_it_prints_where_it_listens_and_the_keys_and_ends_politely(tmp_path, ended):
    process = launch(tmp_path / "ledger")
    ended(process)

    said = [process.stdout.readline() for _ in range(3)]
    port = int(re.search(r"127\.0\.0\.1:(\d+)", said[0])[1])
    symbols = {one["symbol"] for one in asked(port, "/api/v3/exchangeInfo")["symbols"]}
    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert symbols >= {"BTCUSDT", "ETHUSDT", "BNBUSDT", "ADAUSDT", "SOLUSDT"}
    state = json.loads((tmp_path / "ledger" / STATE_FILE).read_text())
    assert said[1].split()[-1] == state["api_key"]
    assert said[2].split()[-1] == state["secret"]


def test_a_file_is_replayed_as_the_only_pair(tmp_path, candles, ended):
    process = launch(tmp_path / "ledger", "--replay", candles("LTCUSDT-5m.csv"), "--symbol",
                     "LTC/USDT")  # fmt: skip
    ended(process)

    port = int(re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())[1])

    assert [one["symbol"] for one in asked(port, "/api/v3/exchangeInfo")["symbols"]] == ["LTCUSDT"]


def test_a_taken_port_is_one_sentence(fks, sentence, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]

        result = fks("venue", "--data", tmp_path / "ledger", "--port", port)

    assert result.exit_code == 2
    assert str(port) in sentence(result)


def test_a_file_that_cannot_be_replayed_is_one_sentence(fks, sentence, tmp_path):
    result = fks("venue", "--data", tmp_path / "ledger", "--replay", tmp_path / "none.csv")

    assert result.exit_code == 1
    assert "does not exist" in sentence(result)


def test_a_script_of_faults_that_is_none_is_one_sentence(fks, sentence, tmp_path):
    script = tmp_path / "faults.json"
    script.write_text("{")

    result = fks("venue", "--data", tmp_path / "ledger", "--faults", script)

    assert result.exit_code == 2
    assert "faults" in sentence(result)


@pytest.mark.parametrize("words", [("--port", "70000"), ("--cash", "lots"), ("--speed", "0")])
def test_a_number_out_of_range_is_refused(fks, words):
    assert fks("venue", *words).exit_code == 2
