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
from collections.abc import Callable
from os.path import isdir, join, realpath, split
from pathlib import Path
from urllib.parse import unquote

MEMORY = 2 << 30  # bytes of address space on top of what the process has when it is forked
CPU = 60  # seconds
FILE = 64 << 20  # bytes of a single file
OPEN_FILES = 4096
PROCESSES = 200  # on top of what the user runs already; does not bind root
NEAR = 16  # of them

_PR_SET_PDEATHSIG, _PR_SET_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _LINUX else None
_is_landlocked = False


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
    _bound(resource.RLIMIT_CPU, CPU, CPU + 5)  # the signal at the first tells why
    _bound(resource.RLIMIT_FSIZE, FILE)
    _bound(resource.RLIMIT_NOFILE, OPEN_FILES)
    if _LINUX:
        _bound(resource.RLIMIT_AS, _address_space() + MEMORY)
        _bound(resource.RLIMIT_NPROC, _tasks_of_this_user() + PROCESSES)


def _bound(what: int, value: int, last: int | None = None) -> None:
    """Set a limit, and the one up to which a process may raise it: `last`, or the same."""
    _, hard = resource.getrlimit(what)
    ceilings = (value, value if last is None else last)
    resource.setrlimit(
        what, tuple(c if hard == resource.RLIM_INFINITY else min(c, hard) for c in ceilings)
    )


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
    abi = _libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if abi < 1:
        return
    rights = _write_rights(abi)
    attributes = struct.pack("=QQQ", rights, 0, _SCOPE_SIGNAL if abi >= 6 else 0)
    size = 24 if abi >= 6 else 8  # older kernels take the first field alone
    ruleset = _libc.syscall(_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return
    _allow(ruleset, folder, rights)
    _allow(ruleset, Path(os.devnull), rights & (_WRITE_FILE | _TRUNCATE))
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    global _is_landlocked
    _is_landlocked = _libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0
    os.close(ruleset)


# Landlock's system calls and rights, from linux/landlock.h.
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE = 1 << 1
_ENTRIES = sum(1 << bit for bit in range(4, 13))  # remove and make entries of any kind
_REFER = 1 << 13  # link or rename across folders
_TRUNCATE = 1 << 14
_SCOPE_SIGNAL = 1 << 1


def _write_rights(abi: int) -> int:
    """The rights to write that a version of Landlock knows."""
    rights = _WRITE_FILE | _ENTRIES
    if abi >= 2:
        rights |= _REFER
    return rights | _TRUNCATE if abi >= 3 else rights


def _allow(ruleset: int, path: Path, rights: int) -> None:
    target = os.open(path, os.O_PATH)
    rule = struct.pack("=Qi", rights, target)
    _libc.syscall(_ADD_RULE, ruleset, ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0))
    os.close(target)


# What changes a file or a folder entry, and where its event has the path and the folder's
# descriptor that a relative path counts from: https://docs.python.org/3/library/audit_events.html
_ENTRY, _FILE = "entry", "file"  # a link itself is changed, or what it leads to
_CHANGES: dict[str, tuple[tuple[str, int, int | None], ...]] = {
    "shutil.rmtree": ((_ENTRY, 0, 1),),
    "os.remove": ((_ENTRY, 0, 1),),
    "os.rename": ((_ENTRY, 0, 2), (_ENTRY, 1, 3)),
    "os.rmdir": ((_ENTRY, 0, 1),),
    "os.mkdir": ((_ENTRY, 0, 2),),
    "os.link": ((_FILE, 0, 2), (_ENTRY, 1, 3)),
    "os.symlink": ((_ENTRY, 1, 2),),
    "os.truncate": ((_FILE, 0, None),),
    "os.chmod": ((_FILE, 0, 2),),
    "os.chown": ((_FILE, 0, 3),),
    "os.chflags": ((_FILE, 0, None),),
    "os.utime": ((_FILE, 0, 3),),
    "os.setxattr": ((_FILE, 0, None),),
    "os.removexattr": ((_FILE, 0, None),),
}
_TOLD = {"open", "sqlite3.connect", *_CHANGES}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_REFUSAL = "a submission may not change files outside its own: "


def explain_walls(folder: Path) -> None:
    """Refuse, in words, what the walls refuse: writing elsewhere and signals to other processes.

    Where there is no Landlock this is the only wall, and binds Python code alone.
    """
    inside = (os.path.realpath(folder), "/dev/null", "/dev/tty")
    own, separator = os.getpgid(0), os.sep

    def is_inside(where: str) -> bool:
        return any(where == one or where.startswith(one + separator) for one in inside)

    def hook(event: str, args: tuple) -> None:
        if event in _TOLD:
            for where in _changed_by(event, args):
                if not is_inside(where):
                    raise PermissionError(_REFUSAL + where)
        elif (event == "os.kill" and args[0] in (-1, os.getppid())) or (
            event == "os.killpg" and args[0] not in (0, own)
        ):
            raise PermissionError("a submission may not signal processes other than its own")

    sys.addaudithook(hook)
    _refuse_special_files(is_inside)


def _changed_by(event: str, args: tuple) -> list[str]:
    """The paths that an audited call is about to change, without links."""
    if event == "open":
        path, mode, flags = args
        # A folder's descriptor would serve to open what is in it, of which no event tells.
        opens_folder = mode is None and not _is_landlocked and _is_path(path) and isdir(path)
        changes = (flags & _WRITING or opens_folder) and _is_path(path)
        return [_resolved(path, _FILE)] if changes else []
    if event == "sqlite3.connect":
        return _database(args[0])
    return [
        _resolved(args[path], kind, *args[base : base + 1] if base else ())
        for kind, path, base in _CHANGES.get(event, ())
        if _is_path(args[path])
    ]


def _is_path(value: object) -> bool:
    return isinstance(value, str | bytes | os.PathLike)


def _resolved(path: str | bytes | os.PathLike, kind: str, base: int | None = None) -> str:
    """What a call changes: a path from `base`, a folder's descriptor, if there is one."""
    text = os.fsdecode(path)
    if base is not None and base >= 0:
        text = join(_path_of(base), text)
    head, tail = split(text.rstrip(os.sep))
    if kind == _FILE or tail in ("", ".", ".."):
        return realpath(text)
    return join(realpath(head), tail)


def _path_of(descriptor: int) -> str:
    if _LINUX:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    import fcntl

    found = fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024))  # macOS
    return os.fsdecode(found.rstrip(b"\0"))


def _database(name: object) -> list[str]:
    """The file of a SQLite database that may be written; https://www.sqlite.org/uri.html"""
    text = os.fsdecode(name) if _is_path(name) else ""
    if text.startswith("file:"):
        text, _, settings = text.removeprefix("file:").partition("?")
        if "mode=memory" in settings or "mode=ro" in settings:
            return []
        text = "/" + text[2:].partition("/")[2] if text.startswith("//") else text
    return [] if text in ("", ":memory:") else [_resolved(unquote(text), _FILE)]


def _refuse_special_files(is_inside: Callable[[str], bool]) -> None:
    """Guard the calls of which no event tells."""

    def guarded(make: Callable) -> Callable:
        def make_inside(path: str, *args: int, dir_fd: int | None = None, **more: int) -> None:
            where = _resolved(path, _ENTRY, dir_fd)
            if not is_inside(where):
                raise PermissionError(_REFUSAL + where)
            make(path, *args, **more, **({} if dir_fd is None else {"dir_fd": dir_fd}))

        return make_inside

    os.mkfifo, os.mknod = guarded(os.mkfifo), guarded(os.mknod)
