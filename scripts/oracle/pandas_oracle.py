"""pandas 2.2 as the oracle: generate PACKET | answer [FILE...] | list (see frame.py)."""

import sys

import frame

if __name__ == "__main__":
    sys.exit(frame.main("pandas", "pandas_ops", "2.2."))
