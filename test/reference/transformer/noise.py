"""Numbers that Python and TypeScript (test/support/noise.ts) generate alike: a hash of (seed, index) as uniform values."""

import numpy as np


def uniform(seed: int, count: int) -> np.ndarray:
    """`count` float64 values in [0, 1): the 32-bit finaliser of MurmurHash3 over a Weyl sequence."""
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32((seed * 0x85EBCA77 + 1) & 0xFFFFFFFF)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 4294967296.0


def noise(seed: int, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """float32 values uniform in +-scale."""
    return ((2 * uniform(seed, int(np.prod(shape))) - 1) * scale).astype(np.float32).reshape(shape)
