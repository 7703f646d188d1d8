import nothing
from vendored import thing
from nothing import x
