from acme.core.base import Base
import acme.core
