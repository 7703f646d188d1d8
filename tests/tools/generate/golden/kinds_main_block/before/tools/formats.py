def f():
    if __name__ == "__main__":
        pass
if __name__ != "__main__":
    import json
