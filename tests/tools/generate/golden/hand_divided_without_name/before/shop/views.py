from shop.forms import Form
