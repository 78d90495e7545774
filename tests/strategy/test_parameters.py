import pytest

from fks_desk.strategy.parameters import Parameter, complete, count, measure

FAST = count("fast", "Fast period", 12, 2, 100)
WIDTH = measure("width", "Width", 2.0, 0.1, 10.0, 0.1)


def test_missing_parameters_take_their_defaults_in_order():
    assert complete((FAST, WIDTH), {"width": 3.0}) == {"fast": 12, "width": 3.0}


def test_a_count_is_an_int_even_if_it_came_as_a_float():
    value = FAST.checked(20.0)

    assert value == 20
    assert isinstance(value, int)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (1, "need 2 <= fast <= 100, was 1"),
        (2.5, "fast must be a whole number, was 2.5"),
        (float("nan"), "fast must be finite, was nan"),
        ("20", "fast must be a number, was '20'"),
        (True, "fast must be a number, was True"),
    ],
)
def test_a_bad_value_is_refused_with_one_sentence(value, sentence):
    with pytest.raises(ValueError) as refused:
        FAST.checked(value)

    assert str(refused.value) == sentence


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="unknown parameter slow; the parameters are: fast, width"):
        complete((FAST, WIDTH), {"slow": 3})


def test_a_default_outside_its_range_cannot_be_declared():
    with pytest.raises(ValueError, match="need low <= default <= high"):
        Parameter(name="fast", title="Fast", default=1, low=2, high=3)
