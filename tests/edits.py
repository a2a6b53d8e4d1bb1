"""Every small change of a file, for tests that say what each must lead to.

edits(name, octets) yields (what, octets): of JSON each field left out, of another value and of another
type, and one more in each object; of JSON Lines the same in each line; of text each line left out, twice
and with a word changed; of a sidecar flipped octets.
"""

import copy
import json


def other(x):
    """Of the same type, another value."""
    if isinstance(x, bool):
        return not x
    if isinstance(x, (int, float)):
        return x + 1
    return x + "x" if isinstance(x, str) else [] if isinstance(x, list) else {}


def alien(x):
    """Of another type."""
    return 7 if isinstance(x, str) else "7" if not isinstance(x, (list, dict)) else True


def places(value, at=""):
    """Each field, and the first two elements of each list."""
    items = value.items() if isinstance(value, dict) else list(enumerate(value))[:2] if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key, inner, f"{at}/{key}"
        yield from places(inner, f"{at}/{key}")


def json_edits(document):
    for number, (_, _, _, at) in enumerate(list(places(document))):
        for what in ("without", "other", "type"):
            new = copy.deepcopy(document)
            holder, key, inner, _ = list(places(new))[number]
            if what == "without":
                del holder[key]
            else:
                holder[key] = other(inner) if what == "other" else alien(inner)
            yield f"{at} {what}", new
    yield " more", {**copy.deepcopy(document), "zz": 1} if isinstance(document, dict) else document + [1]
    for number, (_, _, inner, at) in enumerate(list(places(document))):
        if isinstance(inner, dict):
            new = copy.deepcopy(document)
            list(places(new))[number][2]["zz"] = 1
            yield f"{at} more", new
        elif isinstance(inner, list) and inner:
            new = copy.deepcopy(document)
            list(places(new))[number][2].append(copy.deepcopy(inner[0]))
            yield f"{at} twice", new


def text_edits(text):
    lines = text.splitlines(True)
    for i, one in enumerate(lines):
        before, after = "".join(lines[:i]), "".join(lines[i + 1:])
        yield f":{i + 1} without", before + after
        yield f":{i + 1} twice", before + one + one + after
        words = one.split(" ")
        for k, word in enumerate(words):
            if word.strip():
                changed = "x" + word if k < len(words) - 1 else word.rstrip("\n") + "x\n"
                yield f":{i + 1}:{k + 1} other", before + " ".join(words[:k] + [changed] + words[k + 1:]) + after
    yield ":end cut", text[:-1]
    yield ":end more", text + "zz\n"
    yield ":all nothing", ""
    yield ":all binary", text + "\udcff\n"


def octet_edits(octets):
    """Every octet of the first record's header, and some of the others."""
    for at in [*range(200), *range(200, len(octets), 61), len(octets) - 1]:
        yield f":{at} flipped", octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1:]
    yield ":end cut", octets[:-1]
    yield ":end more", octets + b"x"


def edits(name, octets):
    if name.endswith(".rq"):
        yield from octet_edits(octets)
    else:
        for what, new in readable_edits(name, octets.decode()):
            yield what, new.encode("utf-8", "surrogateescape")


def readable_edits(name, text):
    if name.endswith(".json"):
        for what, new in json_edits(json.loads(text)):
            yield what, json.dumps(new)
        yield ":end cut", text.rstrip()[:-1]
        yield ":all nothing", ""
    elif name.endswith(".jsonl"):
        rows = text.splitlines()
        for i, row in enumerate(rows):
            for what, new in json_edits(json.loads(row)):
                yield f":{i + 1}{what}", "\n".join(rows[:i] + [json.dumps(new, separators=(",", ":"))] + rows[i + 1:]) + "\n"
        yield from ((k, v) for k, v in text_edits(text) if "other" not in k)
    else:
        yield from text_edits(text)
