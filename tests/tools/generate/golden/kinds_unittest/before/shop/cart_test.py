from unittest import TestCase
class T(TestCase): pass
