"""Memory that large pieces of work needed for a moment, and that allocators keep."""

import ctypes

import pyarrow as pa

_C_LIBRARY = ctypes.CDLL(None)


def give_back_heap() -> None:
    """Give what Arrow and the C library keep of it back to the system: milliseconds."""
    pa.default_memory_pool().release_unused()
    if hasattr(_C_LIBRARY, "malloc_trim"):  # of glibc; other C libraries cannot be asked
        _C_LIBRARY.malloc_trim(0)
