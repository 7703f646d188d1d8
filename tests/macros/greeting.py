"""A program without a main of its own."""

import sys


class Greeter:
    @staticmethod
    def main() -> int:
        print("hello", *sys.argv[1:])
        return 3
