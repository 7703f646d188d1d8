import reqests
from shop.pricse import table
from google.cloud import bigquery
import djnago.conf
import shop.nothing.at_all
