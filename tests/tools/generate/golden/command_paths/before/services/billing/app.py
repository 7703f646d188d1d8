import lib.money
import services.other.code
