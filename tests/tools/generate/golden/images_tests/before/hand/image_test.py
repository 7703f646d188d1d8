import unittest


class T(unittest.TestCase):
    pass


if __name__ == "__main__":
    unittest.main()
