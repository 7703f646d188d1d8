"""Prices of carts: an API that says what a cart costs."""

from common.clock import now, stamp
from fastapi import FastAPI, HTTPException
from money import Amount
from prices import PRICES, Cart, total

app = FastAPI(title="Prices")


@app.get("/")
def health() -> dict[str, str]:
    return {"status": "ok", "at": stamp(now())}


@app.get("/prices/{name}")
def price(name: str) -> dict[str, str]:
    found: Amount | None = PRICES.get(name)
    if found is None:
        raise HTTPException(404, f"nothing is called {name}")
    return {"name": name, "price": str(found)}


@app.post("/carts")
def add_up(cart: Cart) -> dict[str, str]:
    unknown = sorted(set(cart.items) - set(PRICES))
    if unknown:
        raise HTTPException(422, f"nothing is called {', '.join(unknown)}")
    return {"total": str(total(cart))}
