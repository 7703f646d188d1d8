from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from b.two import Two
class One: pass
