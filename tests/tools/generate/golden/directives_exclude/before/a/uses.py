from helpers import X
