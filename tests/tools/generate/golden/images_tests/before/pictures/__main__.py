import pictures.image
