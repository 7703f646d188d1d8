from a.one import One
class Two(One): pass
