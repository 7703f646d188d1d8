import services.deep.er.code
