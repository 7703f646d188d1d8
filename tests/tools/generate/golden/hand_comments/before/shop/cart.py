from common.money import Money
import requests
