def setup(): pass
