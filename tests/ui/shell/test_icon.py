import pytest
from PySide6.QtGui import QColor

from fks_desk.ui.shell.icon import app_icon


@pytest.mark.parametrize("size", [16, 32, 256])
def test_the_icon_is_sharp_at_every_size_and_shows_candles(qapp, size):
    image = app_icon().pixmap(size, size).toImage()
    colors = {image.pixelColor(x, y).name() for x in range(size) for y in range(size)}

    assert image.width() >= size
    assert QColor("#26d6a0").name() in colors
    assert image.pixelColor(0, 0).alpha() < 255
