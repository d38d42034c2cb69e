"""Named streams of random numbers by Python's hashlib and its own unbounded integers: sfc32 (PractRand), its state from SHA-256.

Writes prng.json beside this file.

    python prng.py
"""

import hashlib
import json
import math
import pathlib

WORD = 0xFFFFFFFF


def sfc32(a, b, c, counter):
    """PractRand's raw32 (Chris Doty-Humphrey), on 32-bit words."""
    while True:
        out = (a + b + counter) & WORD
        counter = (counter + 1) & WORD
        a = b ^ (b >> 9)
        b = (c + (c << 3)) & WORD
        c = (((c << 21) | (c >> 11)) + out) & WORD
        yield out


def words(seed, *path):
    text = json.dumps([seed, *path], separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    stream = sfc32(*(int.from_bytes(digest[at : at + 4], "little") for at in (0, 4, 8)), 1)
    for _ in range(12):
        next(stream)
    return stream


def uniforms(*path):
    return (word / 2**32 for word in words(*path))


def integer(stream, n):
    return math.floor(next(stream) * n)


def normal(stream):
    radius = math.sqrt(-2 * math.log(1 - next(stream)))
    return radius * math.cos(2 * math.pi * next(stream))


def permutation(n, stream):
    order = list(range(n))
    for i in range(n - 1, 0, -1):
        j = integer(stream, i + 1)
        order[i], order[j] = order[j], order[i]
    return order


paths = [[7, "negatives", 3], [0], [1, "dropout", 17], [4294967296, "Ünïcode \"quoted\"", -1, 0.5]]
streams = [{"path": path, "words": [w for w, _ in zip(words(*path), range(8))]} for path in paths]
stream = uniforms(5, "integers")
integers = [integer(stream, n) for n in (1, 2, 10, 1000, 2**31)]
stream = uniforms(5, "normals")
normals = [normal(stream) for _ in range(8)]
expected = {
    "streams": streams,
    "integers": integers,
    "normals": normals,
    "permutation": permutation(12, uniforms(5, "order")),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
