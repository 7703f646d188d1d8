from platform.billing import charge
import platform
