import json

import pytest

from fks_desk.core.errors import ConfigError
from fks_desk.core.messages import Severity
from fks_desk.ui.theme.colors import LIGHT
from fks_desk.ui.theme.current import current


def test_a_named_layout_comes_back(desk):
    desk.docks.close("chat")
    desk.session.save("narrow")
    desk.docks.reset()
    desk.session.load("narrow")

    assert not desk.docks.is_open("chat")
    assert desk.session.names() == ["narrow"]
    assert desk.session.name == "narrow"


def test_the_window_opens_as_it_was_closed(open_desk):
    first = open_desk(theme=LIGHT)
    first.docks.close("watchlist")
    first.resize(760, 500)
    first.close()
    second = open_desk()

    assert not second.docks.is_open("watchlist")
    assert (second.width(), second.height()) == (760, 500)
    assert current() is LIGHT


@pytest.mark.parametrize("content", ["{", '{"docks": "<broken"}', '{"docks": "", "geometry": "?"}'])
def test_a_damaged_last_layout_is_one_notice_and_the_default_layout(open_desk, tmp_path, content):
    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "last.json").write_text(content)
    desk = open_desk()

    assert all(desk.docks.is_open(name) for name in desk.docks.names)
    assert [n.severity for n in desk.notices.history()] == [Severity.WARNING]


def test_a_damaged_geometry_harms_nothing(open_desk, tmp_path):
    open_desk().close()
    path = tmp_path / "layouts" / "last.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "geometry": "%%%"}))
    desk = open_desk()

    assert desk.isVisible()
    assert not desk.notices.history()


def test_a_layout_that_is_not_there_is_refused(desk):
    with pytest.raises(ConfigError, match="no layout holiday"):
        desk.session.load("holiday")
