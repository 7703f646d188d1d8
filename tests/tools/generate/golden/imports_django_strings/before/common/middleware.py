class Timer:
    pass
