from fks_desk.strategy.formulas import library
from fks_desk.strategy.indicators import indicator, names
from fks_desk.strategy.inputs import AVERAGES, value_text


def test_every_average_that_ta_lib_knows_has_a_word():
    known = library().MA_Type._lookup

    assert sorted(known) == list(range(len(AVERAGES)))
    for place, title in {0: "Simple", 1: "Exponential", 6: "Kaufman", 13: "Wilder"}.items():
        assert known[place].startswith(title)


def test_a_value_is_known_by_its_parameter_s_name_alone():
    for name in names():
        for one in indicator(name).parameters:
            if one.words:
                assert value_text(one.name, one.default) == one.text(one.default).lower()
    assert value_text("timeperiod", 14.0) == "14"
