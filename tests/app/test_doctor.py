from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from fks_desk.app import doctor, libraries
from fks_desk.app.folders import Folders
from fks_desk.app.settings import AssistantSettings, Settings, load_settings
from fks_desk.core.clock import SystemClock
from fks_desk.core.messages import HealthState


@pytest.fixture
def folders(own_root, monkeypatch):
    monkeypatch.delenv("FKS_DATABASE__URL", raising=False)
    folders = Folders(root=own_root / "desk")
    folders.make()
    return folders


def found(folders):
    return {finding.part: finding for finding in doctor.examine(folders, SystemClock())}


def test_every_part_is_examined_and_every_problem_has_a_next_step(folders):
    findings = found(folders)

    assert findings["database"].state is HealthState.GOOD, findings["database"]
    assert "embedded PostgreSQL" in findings["database"].detail
    for finding in findings.values():
        if finding.state in {HealthState.WARNING, HealthState.BAD}:
            assert finding.next_step, finding


def test_a_data_folder_that_cannot_be_made_ends_the_examination_there(tmp_path):
    (tmp_path / "file").write_text("")

    findings = found(Folders(root=tmp_path / "file" / "desk"))

    assert findings["folder"].state is HealthState.BAD
    assert "FKS_DATA_FOLDER" in findings["folder"].next_step
    assert "database" not in findings


@pytest.mark.parametrize(
    ("version", "largest", "state"),
    [
        ((3, 10, 9), 2**63 - 1, HealthState.BAD),
        ((3, 11, 2), 2**63 - 1, HealthState.GOOD),
        ((3, 13, 0), 2**63 - 1, HealthState.GOOD),
        ((3, 14, 0), 2**63 - 1, HealthState.WARNING),
        ((3, 12, 1), 2**31 - 1, HealthState.BAD),
    ],
)
def test_the_interpreter_is_judged_by_version_and_width(version, largest, state):
    assert doctor.python_finding(version, largest).state is state


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "_is_installed", lambda module: module != "talib")

    finding = doctor.packages_finding()

    assert finding.state is HealthState.BAD
    assert finding.detail == "missing: ta-lib"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian's packages")
def test_a_missing_system_library_is_named_by_its_debian_package(monkeypatch):
    monkeypatch.setattr(libraries, "_can_load", lambda name: not name.startswith("libxcb-cursor"))

    finding = doctor.libraries_finding()

    assert finding.state is HealthState.BAD
    assert finding.next_step == "Run `sudo apt install libxcb-cursor0`."


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="they always have one")
def test_a_display_is_found_by_its_variable(monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert doctor.display_finding().state is HealthState.WARNING

    monkeypatch.setenv("DISPLAY", ":7")
    assert doctor.display_finding().detail == "DISPLAY is :7"


def test_loopback_without_ports_is_bad(monkeypatch):
    def refuse(_address):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", refuse)

    finding = doctor.ports_finding()

    assert finding.state is HealthState.BAD
    assert "Permission denied" in finding.detail


def test_unreadable_settings_are_bad_and_do_not_stop_the_rest(folders, monkeypatch):
    folders.settings_file.write_text("[log\n")

    settings, finding = doctor.settings_finding(folders)

    assert finding.state is HealthState.BAD
    assert settings.database.url is None
    assert settings.assistant.model_file is None


def test_settings_in_use_are_named(folders):
    assert "built in" in doctor.settings_finding(folders)[1].detail

    folders.settings_file.write_text("[log]\n")
    assert doctor.settings_finding(folders)[1].detail == str(folders.settings_file)


def test_a_server_that_does_not_answer_is_bad_with_a_way_out(folders, monkeypatch):
    monkeypatch.setenv("FKS_DATABASE__URL", "postgresql://me:hidden@127.0.0.1:1/none")
    settings = load_settings(folders.settings_file)

    finding = doctor.database_finding(settings, folders, SystemClock())

    assert finding.state is HealthState.BAD
    assert "leave FKS_DATABASE__URL out" in finding.next_step
    assert "hidden" not in repr(finding)


def test_a_database_of_a_newer_kind_is_bad_and_left_alone(folders):
    data = folders.database / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("99\n")

    finding = doctor.database_finding(Settings(), folders, SystemClock())

    assert finding.state is HealthState.BAD
    assert "PostgreSQL 99" in finding.detail
    assert finding.next_step


def models(tmp_path, **settings):
    return doctor.models_finding(AssistantSettings(**settings), tmp_path)


def test_no_language_model_is_no_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "_is_installed", lambda _module: False)

    finding = models(tmp_path)

    assert finding.state is HealthState.OFF
    assert "search by words" in finding.detail
    assert "evidence alone" in finding.detail


def test_model_files_that_wait_to_be_chosen_are_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "_is_installed", lambda _module: True)
    (tmp_path / "small.gguf").write_bytes(b"GGUF")

    assert "1 GGUF files" in models(tmp_path).detail


def test_a_chosen_model_is_good_and_a_missing_one_bad(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "_is_installed", lambda _module: True)
    file = tmp_path / "small.gguf"
    assert models(tmp_path, model_file=file).state is HealthState.BAD

    file.write_bytes(b"GGUF")
    assert models(tmp_path, model_file=file).state is HealthState.GOOD
    assert Path(str(file)).name in models(tmp_path, model_file=file).detail


def test_a_running_demo_exchange_is_seen(folders, monkeypatch):
    assert doctor.venue_finding(folders).detail == "starts with the desk"
