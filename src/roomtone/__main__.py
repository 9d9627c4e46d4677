"""Lets ``python -m roomtone`` do what ``roomtone`` does."""

from roomtone.cli import main

if __name__ == "__main__":
    main()
