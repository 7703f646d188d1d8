from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from common.money import Money
