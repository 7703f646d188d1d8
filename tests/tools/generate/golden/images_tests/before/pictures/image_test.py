from pictures.image import SIZE


def test_size():
    assert SIZE
