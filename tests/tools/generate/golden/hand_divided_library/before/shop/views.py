from shop.models import Model
from shop.forms import Form
