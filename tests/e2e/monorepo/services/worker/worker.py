"""A service that stays on an older Debian, and its Python."""

from libs.common.page import page

print(page("worker"))
