"""What a submission's process may do: limits, a session of its own, and no writing elsewhere.

Three walls, the later ones where the system has them: resource limits (POSIX), an audit hook
(PEP 578) that explains itself, and Landlock (Linux 5.13 and newer), which binds child processes
too. See https://docs.kernel.org/userspace-api/landlock.html.
"""

import _thread
import ctypes
import os
import resource
import signal
import struct
import sys
from pathlib import Path

MEMORY = 2 << 30  # bytes of address space on top of what the process has when it is forked
CPU = 60  # seconds
FILE = 64 << 20  # bytes of a single file
OPEN_FILES = 4096
PROCESSES = 200  # on top of what the user runs already; does not bind root
NEAR = 16  # of them

_PR_SET_PDEATHSIG, _PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends (Linux)."""
    if _libc:
        _libc.prctl(_PR_SET_SUBREAPER, 1, 0, 0, 0)


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends (Linux)."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def outlive_parent() -> None:
    """Take `end_with_parent` back (Linux)."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, 0, 0, 0, 0)


def limit() -> None:
    """Bound memory, CPU seconds, file sizes, open files and (but for root) processes."""
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_CPU, CPU)
    _bound(resource.RLIMIT_FSIZE, FILE)
    _bound(resource.RLIMIT_NOFILE, OPEN_FILES)
    if _LINUX:
        _bound(resource.RLIMIT_AS, _address_space() + MEMORY)
        _bound(resource.RLIMIT_NPROC, _tasks_of_this_user() + PROCESSES)


def _bound(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (ceiling, ceiling))


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _tasks_of_this_user() -> int:
    """The processes and threads of this user as the kernel counts them, to within `NEAR`.

    /proc may show fewer: containers of one user have one count (setrlimit(2), RLIMIT_NPROC). So it
    is found by trial: a thread can be started as long as there are fewer than the limit.
    """
    if os.getuid() == 0:
        return 1 << 20
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    few, many = 0, 1 << 17 if hard == resource.RLIM_INFINITY else hard
    while many - few > NEAR:
        middle = (few + many) // 2
        resource.setrlimit(resource.RLIMIT_NPROC, (middle, hard))
        try:
            _thread.start_new_thread(int, ())
            many = middle
        except RuntimeError:
            few = middle
    return many


def wall_in(folder: Path) -> None:
    """Let this process and its children write below `folder` only (Landlock, where there is one).

    From ABI 6 on they cannot signal processes outside either. Does nothing on other systems.
    """
    if not _libc:
        return
    create, add_rule, restrict = 444, 445, 446
    abi = _libc.syscall(create, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if abi < 1:
        return
    write_rights = 0x1FF2  # write a file, remove and make entries of any kind
    if abi >= 2:
        write_rights |= 1 << 13  # link or rename across folders
    if abi >= 3:
        write_rights |= 1 << 14  # truncate
    scoped = 0x2 if abi >= 6 else 0  # signals
    attributes = struct.pack("=QQQ", write_rights, 0, scoped)
    size = {True: 24, False: 8}[abi >= 6]
    ruleset = _libc.syscall(create, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    for path, rights in ((folder, write_rights), (Path("/dev/null"), write_rights & 0x4002)):
        target = os.open(path, os.O_PATH)
        rule = struct.pack("=Qi", rights, target)
        _libc.syscall(add_rule, ruleset, ctypes.c_int(1), rule, ctypes.c_uint32(0))
        os.close(target)
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _libc.syscall(restrict, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


_CHANGES = {
    "shutil.rmtree",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "os.link",
    "os.symlink",
}


def explain_walls(folder: Path) -> None:
    """Refuse, in words, what the walls refuse: writing elsewhere and signals to other processes."""
    inside = (os.path.realpath(folder), "/dev/null", "/dev/tty")
    own, realpath = os.getpgid(0), os.path.realpath

    def writes(event: str, args: tuple) -> object:
        if event == "open":
            path, _, flags = args
            writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            return path if writing and isinstance(path, str | bytes | os.PathLike) else None
        return args[0] if event in _CHANGES else None

    def hook(event: str, args: tuple) -> None:
        target = writes(event, args)
        if target is not None and not isinstance(target, int):
            where = realpath(os.fsdecode(target))
            if not where.startswith(inside):
                raise PermissionError(f"a submission may not change files outside its own: {where}")
        elif (event == "os.kill" and args[0] in (-1, os.getppid())) or (
            event == "os.killpg" and args[0] not in (0, own)
        ):
            raise PermissionError("a submission may not signal processes other than its own")

    sys.addaudithook(hook)
