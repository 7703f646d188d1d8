from common.money import Money
import json
