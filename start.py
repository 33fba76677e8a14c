"""Open the workbook, or prove it: two verbs that need nothing but Python.

    python3 start.py lab  [arguments for jupyter lab]
    python3 start.py test

Both keep a virtual environment in `.venv` that holds what requirements.txt names. This file must
parse on Pythons too old for the workbook, so that it can say so there.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "workbook.json")
WORKSPACES = os.path.join(ROOT, ".workbook", "workspaces")
USAGE = "Usage: python3 start.py lab [arguments for jupyter lab]  or  python3 start.py test"
LEARNER, DEVELOPER = "learner", "developer"
INSTALL = {
    LEARNER: ["-r", "requirements.txt"],
    DEVELOPER: ["-r", "requirements.txt", "-e", ".[dev]"],
}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
WORKERS = ["-n", "3", "--dist", "loadfile"]  # loadfile: the cells of a lesson belong together


def main(arguments):
    """Run the verb that the command line names; return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"The workbook needs Python 3.11 or newer, and this is Python {found}.")
    verb, rest = arguments[:1], arguments[1:]
    if verb == ["lab"]:
        return lab(rest)
    if verb == ["test"] and not rest:
        return test()
    print(USAGE, file=sys.stderr)
    return 2


def lab(arguments):
    """Open JupyterLab: at first on lesson 00 beside the exercises, then on what was left open."""
    set_up(LEARNER)
    environment = {**activated(), "JUPYTERLAB_WORKSPACES_DIR": WORKSPACES}
    jupyter_lab = [venv_python(), "-m", "jupyterlab"]
    if not os.path.isdir(WORKSPACES) or not os.listdir(WORKSPACES):
        layout = os.path.join(ROOT, "binder", "workspace.json")
        # Where nothing can be written, JupyterLab opens all the same, with nothing in it.
        run_quietly([*jupyter_lab, "workspaces", "import", layout], environment, fatal=False)
    command = [*jupyter_lab, "--ServerApp.root_dir=" + ROOT, *arguments]
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)


def test():
    """Run everything that proves the workbook; return 0 only if all of it held."""
    environment, selection = activated(), []
    # Each of some thousand processes would compile the workbook anew.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    browser = find_browser()
    if browser:
        environment["CHROMIUM"] = browser
    elif environment.get("REQUIRE_BROWSER") == "1":
        sys.exit("The browser proofs are required here, and there is no Chromium.")
    else:
        print("There is no Chromium here: the browser proofs are left out.")
        selection = ["-m", "not browser"]
    set_up(DEVELOPER)
    proofs = ["pytest", "tests", *WORKERS, *selection]
    lessons = ["pytest", "--nbval", "notebooks", *WORKERS]
    stages = {
        "The code is formatted.": ["ruff", "format", "--check", "."],
        "The code is clean.": ["ruff", "check", "."],
        "Solutions pass, starters fail, wrong answers are caught, pages work.": proofs,
        "The notebooks print what they show.": lessons,
    }
    return prove(stages, environment)


def prove(stages, environment):
    """Run each stage, close with a line like pytest's, and return the exit code.

    Args:
        stages: what each stage shows, as a sentence, and the module that shows it with its options.
        environment: the environment variables of the stages.
    """
    began, failed, totals = time.monotonic(), [], {"failed": 0, "passed": 0, "skipped": 0}
    with tempfile.TemporaryDirectory() as reports:
        for number, (sentence, command) in enumerate(stages.items(), start=1):
            print(f"\n{number} of {len(stages)}. {sentence}", flush=True)
            report = os.path.join(reports, f"{number}.xml")
            report_option = ["--junitxml=" + report] if command[0] == "pytest" else []
            if run_loudly([*command, *report_option], environment) != 0:
                failed.append(sentence)
            for outcome, count in count_outcomes(report).items():
                totals[outcome] += count
    print("".join(f"\nDoes not hold: {sentence}" for sentence in failed))
    told = ", ".join(f"{n} {outcome}" for outcome, n in totals.items() if n or outcome == "passed")
    print(f"===== {told} in {time.monotonic() - began:.2f}s =====")
    return 1 if failed else 0


def count_outcomes(report):
    """Return how many tests failed, passed and were skipped by a JUnit file, if there is one."""
    if not os.path.exists(report):
        return {}
    suite = ElementTree.parse(report).getroot().find("testsuite")
    tests, failures, errors, skipped = (
        int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    return {"failed": failed, "passed": max(0, tests - failed - skipped), "skipped": skipped}


def find_browser():
    """Return the path of a Chromium, or None."""
    named = [os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS), *MAC_BROWSERS]
    return next((path for path in named if path and os.path.exists(path)), None)


def set_up(extent):
    """See to it that `.venv` holds what requirements.txt names now; quick if it does already.

    Args:
        extent: LEARNER, or DEVELOPER for what the proofs need besides.

    Raises:
        SystemExit: with a sentence that says why it cannot be done.
    """
    wanted = fingerprint()
    if read_stamp().get(extent) == wanted and os.path.exists(venv_python()):
        return
    try:
        install(extent, wanted)
    except OSError as error:
        sys.exit(
            f"The workbook cannot be set up here ({error.strerror}: {error.filename}): "
            "copy it to a folder of your own, and run this there."
        )


def install(extent, wanted):
    """Install what requirements.txt names; the digest `wanted` is stamped when it is done."""
    if not usable():
        make_venv()
    # Neither a venv nor a pip that was interrupted may be trusted: only a finished one is stamped.
    write_stamp({})
    print("Installing what requirements.txt names; the first time this takes minutes.", flush=True)
    pip = ["-m", "pip", "install", "--disable-pip-version-check"]
    failure = run_quietly([venv_python(), *pip, *INSTALL[extent]], activated(), fatal=False)
    write_stamp({"home": home()})
    if failure:
        sys.exit(f"pip could not install what requirements.txt names; its last words:\n{failure}")
    extents = (LEARNER, DEVELOPER) if extent == DEVELOPER else (LEARNER,)
    write_stamp({"home": home(), **dict.fromkeys(extents, wanted)})


def make_venv():
    """Make a fresh `.venv`, in place of what may be there."""
    if not all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            "This Python lacks what makes virtual environments; on Debian and Ubuntu, "
            f"install python{version}-venv (or python3-venv) and run this again."
        )
    if os.path.lexists(VENV):
        print(".venv is unfinished, was moved or is another Python's: making it anew.", flush=True)
        remove_venv()
    os.mkdir(VENV)
    write_stamp({})
    python = getattr(sys, "_base_executable", None) or sys.executable
    run_quietly([python, "-m", "venv", VENV], dict(os.environ))


def remove_venv():
    try:
        os.remove(VENV) if os.path.islink(VENV) else shutil.rmtree(VENV)
    except OSError as error:
        sys.exit(
            f".venv cannot be removed ({error.strerror}: {error.filename}): remove it by hand."
        )


def usable():
    """Tell whether pip can install into `.venv`: finished, in its place, of this Python's version.

    One that the learner made has no stamp, and is taken if it runs.
    """
    if os.path.exists(STAMP) and read_stamp().get("home") != home():
        return False
    version = tuple(sys.version_info[:2])
    probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {version})"
    try:
        return not subprocess.call([venv_python(), "-c", probe], stderr=subprocess.DEVNULL)
    except OSError:
        return False


def fingerprint():
    """Return a digest of all that decides what `.venv` holds."""
    digest = hashlib.sha256(json.dumps(home()).encode())
    for name in ("requirements.txt", "pyproject.toml", "binder/lab-settings.json"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def home():
    """Return what a `.venv` is bound to: its folder and the version of Python."""
    return [ROOT, *sys.version_info[:2]]


def read_stamp():
    """Return what the last set-up that was finished wrote down, else an empty dict."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_stamp(stamp):
    """Write the stamp in one step, so that it is whole or not there."""
    with open(STAMP + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file)
    os.replace(STAMP + ".new", STAMP)


def venv_python():
    """Return the path of the Python in `.venv`."""
    return os.path.join(venv_scripts(), "python.exe" if os.name == "nt" else "python")


def venv_scripts():
    """Return the folder of the commands in `.venv`."""
    return os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")


def activated():
    """Return the environment variables as they are in an activated `.venv`."""
    path = os.pathsep.join([venv_scripts(), os.environ.get("PATH", os.defpath)])
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONHOME"}
    return {**kept, "VIRTUAL_ENV": VENV, "PATH": path}


def run_loudly(module, environment):
    """Run a module of `.venv` for the reader to watch; return its exit code."""
    command = [venv_python(), "-m", *module]
    return subprocess.call(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)


def run_quietly(command, environment, fatal=True):
    """Run a command, showing nothing unless it fails.

    Args:
        command: the program and its arguments.
        environment: its environment variables.
        fatal: whether a failure ends start.py; else its last lines are returned.
    """
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode == 0:
        return ""
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    last_words = "\n".join("  " + line for line in lines[-4:])
    if fatal:
        sys.exit(f"This command failed: {' '.join(command)}\n{last_words}")
    return last_words or f"  exit code {done.returncode}"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("Interrupted. Run the same command again: it begins where that is safe.")
