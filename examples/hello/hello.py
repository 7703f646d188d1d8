"""Says hello, and where from."""

import platform


def main() -> None:
    print(f"Hello from Python {platform.python_version()}")


if __name__ == "__main__":
    main()
