"""gate-check-packets.py MODEL COUNT OUT: COUNT green FrankenTorch packets under OUT.

Each is the one packet under MODEL with an id of its own and digests to match, so that
nothing is shared and every file has to be read, parsed and hashed.
"""

import os
import sys

MULTIPLIER = 0x517CC1B727220A95
MASK = (1 << 64) - 1


def det64(data):
    """FrankenTorch's digest (asupersync's DetHasher)."""
    h = 0x16F11FE89B0D677C
    for octet in data:
        h = (h * MULTIPLIER & MASK) ^ octet
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & MASK
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return "det64:%016x" % (h ^ h >> 33)


def main():
    model, count, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    folder = "artifacts/phase2c"
    (packet,) = os.listdir(f"{model}/{folder}")
    files = {}
    for name in os.listdir(f"{model}/{folder}/{packet}"):
        with open(f"{model}/{folder}/{packet}/{name}", "rb") as f:
            files[name] = f.read()
    report = files["parity_report.json"]
    probe = b"\n#ft-raptorq-corruption-probe"
    old = [packet, det64(report), det64(report + probe)]
    for k in range(count):
        name = "FT-P2C-%05d" % k
        mine = report.replace(packet.encode(), name.encode())
        new = [name, det64(mine), det64(mine + probe)]
        os.makedirs(f"{out}/{folder}/{name}")
        for file, data in files.items():
            for was, now in zip(old, new):
                data = data.replace(was.encode(), now.encode())
            data = data.replace(b'"recovered_bytes": %d' % len(report),
                                b'"recovered_bytes": %d' % len(mine))
            with open(f"{out}/{folder}/{name}/{file}", "wb") as f:
                f.write(data)


main()
