import flask as f
other, app = 1, 2
app = f.Flask("two")
