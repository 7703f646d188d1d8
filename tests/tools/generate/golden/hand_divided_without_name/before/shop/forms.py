from shop.models import Model
