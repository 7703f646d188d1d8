from services.shop import Shop
