"""The process of a worker: the files it may open, the memory it took."""

import resource

from readiness.load.process import most_mib, raise_file_limit


def test_as_many_files_as_the_system_lets_it_are_allowed():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert raise_file_limit() >= before[0]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_memory_is_its_own_and_grows_with_what_it_holds():
    before = most_mib()
    held = bytearray(int(before + 50) * 2**20)
    assert most_mib() >= before + 40 and held
