def later():
    from a.one import One
