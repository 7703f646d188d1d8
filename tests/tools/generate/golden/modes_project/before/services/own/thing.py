from services.deep.er import code
