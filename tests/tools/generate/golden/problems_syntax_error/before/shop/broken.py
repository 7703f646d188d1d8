import yaml
def f(:
