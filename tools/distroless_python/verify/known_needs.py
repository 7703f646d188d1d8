"""What well-known distributions need of the system when they are imported, where their sources do not show it.

Each was found by tests/corpus, which see: without it, the import fails in the image.
"""

from __future__ import annotations

from typing import NamedTuple

LIBRARY, PROGRAM = "library", "program"


class KnownNeed(NamedTuple):
    """A need.

    Attributes:
        module: what needs it when it is imported.
        kind: a library (one of `names`, as find_library names them) or a program.
        names: one of these is enough.
        unless: modules; where one of them is there, nothing is needed.
        variable: an environment variable that makes it do without.
    """

    module: str
    kind: str
    names: tuple[str, ...]
    unless: tuple[str, ...] = ()
    variable: str = ""


KNOWN_NEEDS = (
    KnownNeed("enchant", LIBRARY, ("enchant-2", "enchant"), variable="PYENCHANT_IGNORE_MISSING_LIB"),
    KnownNeed("git", PROGRAM, ("git",), variable="GIT_PYTHON_REFRESH"),
    KnownNeed("OpenGL.platform", LIBRARY, ("GL", "OpenGL", "EGL", "OSMesa"), variable="PYOPENGL_PLATFORM"),
    KnownNeed("psycopg.pq", LIBRARY, ("pq",), ("psycopg_c", "psycopg_binary")),
    KnownNeed("pyglet.gl", LIBRARY, ("GL",)),
    KnownNeed("pyvips", LIBRARY, ("vips",), ("_libvips",)),
    KnownNeed("sdl2.dll", LIBRARY, ("SDL2-2.0", "SDL2"), ("sdl2dll",), "PYSDL2_DLL_PATH"),
    KnownNeed("usb1.libusb1", LIBRARY, ("usb-1.0",)),
    KnownNeed("wand.api", LIBRARY, ("MagickWand-7.Q16", "MagickWand-6.Q16"), variable="MAGICK_HOME"),
)
