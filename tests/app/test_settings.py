from __future__ import annotations

from decimal import Decimal

import pytest

from fks_desk.app.settings import load_settings
from fks_desk.core.errors import ConfigError


@pytest.fixture
def file(tmp_path, monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith("FKS_")]:
        monkeypatch.delenv(name)
    return tmp_path / "settings.toml"


def complaint(file):
    with pytest.raises(ConfigError) as error:
        load_settings(file)
    return error.value.message


def test_without_a_file_the_built_in_values_count(file):
    settings = load_settings(file)

    assert settings.database.url is None
    assert settings.demo.cash == Decimal(10_000)
    assert settings.log.level == "INFO"


def test_the_file_wins_over_the_built_in_values(file):
    file.write_text('[demo]\nseed = 3\ncash = "123.45"\n[log]\nlevel = "DEBUG"\n')

    settings = load_settings(file)

    assert settings.demo.seed == 3
    assert settings.demo.cash == Decimal("123.45")
    assert settings.log.level == "DEBUG"


def test_a_variable_wins_over_the_file(file, monkeypatch):
    file.write_text("[demo]\nseed = 3\nmessages_per_second = 5.0\n")
    monkeypatch.setenv("FKS_DEMO__SEED", "4")

    settings = load_settings(file)

    assert settings.demo.seed == 4
    assert settings.demo.messages_per_second == 5.0


def test_other_variables_of_the_desk_are_no_settings(file, monkeypatch):
    monkeypatch.setenv("FKS_DATA_FOLDER", "/somewhere")
    monkeypatch.setenv("FKS_TEST_DATA", "/somewhere")

    assert load_settings(file) is not None


def test_an_empty_url_means_the_embedded_database(file, monkeypatch):
    monkeypatch.setenv("FKS_DATABASE__URL", "")

    assert load_settings(file).database.url is None


def test_an_empty_model_file_means_none(file):
    file.write_text('[assistant]\nmodel_file = ""\n')

    assert load_settings(file).assistant.model_file is None


def test_a_secret_shows_as_stars(file, monkeypatch):
    monkeypatch.setenv("FKS_DATABASE__URL", "postgresql://me:hidden@host/name")

    settings = load_settings(file)

    assert "hidden" not in repr(settings)
    assert settings.database.url.get_secret_value().endswith("hidden@host/name")


def test_a_value_out_of_range_names_field_value_file_and_variable(file):
    file.write_text("[demo]\nmessages_per_second = -1.0\n")

    said = complaint(file)

    assert "demo.messages_per_second" in said
    assert "was -1.0" in said
    assert str(file) in said
    assert "FKS_DEMO__MESSAGES_PER_SECOND" in said


def test_an_unknown_field_is_named(file):
    file.write_text("[demo]\nsped = 3\n")

    assert "there is no setting demo.sped" in complaint(file)


def test_an_unknown_section_is_named(file):
    file.write_text("[dmeo]\nseed = 3\n")

    assert "there is no setting dmeo" in complaint(file)


def test_a_wrong_secret_is_not_repeated(file, monkeypatch):
    monkeypatch.setenv("FKS_DATABASE__PASSWORD", "hidden")

    said = complaint(file)

    assert "database.password" in said
    assert "hidden" not in said


def test_a_section_that_is_no_json_is_one_sentence(file, monkeypatch):
    monkeypatch.setenv("FKS_LOG", "DEBUG")

    assert "FKS_LOG__LEVEL=DEBUG" in complaint(file)


def test_a_damaged_file_names_the_line_and_the_way_out(file):
    file.write_text("[demo\nseed = 3\n")

    said = complaint(file)

    assert str(file) in said
    assert "line 1" in said
    assert "move the file away" in said


def test_a_file_in_another_encoding_is_one_sentence(file):
    file.write_bytes("[demo]\n# größe\n".encode("latin-1"))

    assert "UTF-8" in complaint(file)


def test_a_value_of_another_kind_is_named(file):
    file.write_text('[trading]\nmax_open_orders = "many"\n')

    assert "trading.max_open_orders" in complaint(file)


def test_settings_do_not_change_under_the_desk(file):
    settings = load_settings(file)

    with pytest.raises(ValueError, match="frozen"):
        settings.demo.seed = 4


def test_feeds_are_read_from_the_file_and_checked(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(
        '[[feeds]]\nexchange = "kraken"\nsymbols = ["BTC/USD", "ETH/USD"]\n'
        '[[feeds]]\nexchange = "binanceusdm"\nsymbols = ["BTC/USDT:USDT"]\n'
    )
    settings = load_settings(file)

    assert [feed.exchange for feed in settings.feeds] == ["kraken", "binanceusdm"]
    assert settings.feeds[0].symbols == ("BTC/USD", "ETH/USD")
    file.write_text('[[feeds]]\nexchange = "Kraken!"\nsymbols = ["BTC/USD"]\n')
    with pytest.raises(ConfigError, match=r"feeds\.0\.exchange"):
        load_settings(file)
