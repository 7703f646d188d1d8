"""Classifies flowers with a model that is a file of the image, in a layer of its own."""

import json
from pathlib import Path

import numpy
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

parameters = json.loads(Path("tests/images/programs/model/iris.json").read_text())
model = LogisticRegression()
for name, value in parameters.items():
    setattr(model, name, numpy.array(value))
flowers = load_iris()
right = int((model.predict(flowers.data) == flowers.target).sum())
assert right >= 140, right
print(f"{len(flowers.target)} flowers, model of {len(parameters['classes_'])} classes, most of them right")
