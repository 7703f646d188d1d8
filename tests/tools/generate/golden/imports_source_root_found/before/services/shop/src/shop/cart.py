import acme.money
