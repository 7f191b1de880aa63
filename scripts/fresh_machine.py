"""Prove the two commands on bare machines: `python3 scripts/fresh_machine.py` (root, debootstrap; minutes each).

Each machine is a minimal Debian in a folder, with make, git, Python and pip, in namespaces of its own: its processes
end with it. In it the project is cloned below /root (mode 0700) and below an ordinary user's home, and there `make run`
and `make test` are tried. Where the packages come from is asked of this machine's apt and pip.

    --suites bookworm trixie    Debian 12, Debian 13
    --users root guest          root first: it installs what the browser tests need
    --tests tests/config …      these files instead of the whole `make test`
    --keep                      leave the folders for a look
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
PACKAGES = "make git python3 python3-pip ca-certificates"
HOMES = {"root": "root", "guest": "home/guest"}
# What a machine's own pip is told, as far as it means something on another machine.
PIP_OPTIONS = (
    "index-url",
    "extra-index-url",
    "trusted-host",
    "proxy",
    "cert",
    "timeout",
    "retries",
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Whatever hangs ends here, so that the others are still tried.
MOST_SECONDS = 2 * 60 * 60
# Starts `make run` as a terminal would, waits until it serves, asks for the login, presses Ctrl-C.
TRY = """
import os, signal, subprocess, sys, time, urllib.request
run = subprocess.Popen(["make", "run"], stdout=subprocess.PIPE, text=True, start_new_session=True)
for line in run.stdout:
    print(line, end="", flush=True)
    if "Ctrl-C" in line:
        break
else:
    sys.exit(f"make run ended with {run.wait()}")
seen = urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/login/").read().decode()
assert "<form" in seen, seen
os.killpg(run.pid, signal.SIGINT)
run.wait(60)
time.sleep(1)
left = [p for p in os.listdir("/proc") if p.isdigit() and p not in ("1", str(os.getpid()))]
names = [open(f"/proc/{p}/cmdline").read().replace("\\0", " ") for p in left if os.path.exists(f"/proc/{p}/cmdline")]
names = [name for name in names if "tsunagi" in name]
assert names == [], names
print("  it serves, and Ctrl-C leaves no process behind")
"""


def ask_archive() -> str:
    """Return the address of the Debian archive that this machine's apt is set to."""
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    wanted = ["Created-By: Packages", "Label: Debian"]
    said = subprocess.run(
        [*asked, *wanted], capture_output=True, text=True, check=True
    ).stdout.split()
    if not said:
        sys.exit("This machine's apt knows no Debian archive (apt-get update first).")
    return said[0]


def ask_pip() -> dict[str, str]:
    """Return the options of this machine's pip that hold on another machine, too."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in PIP_OPTIONS and "file:" not in value:
            found[option] = value.strip("'")
    return found


def make_machine(suite: str, folder: Path) -> None:
    """Make a minimal Debian in the folder, with this machine's settings for apt, pip, names and certificates."""
    archive = ask_archive()
    made = ["debootstrap", "--variant=minbase", suite, str(folder), archive]
    run_quietly(made)
    apt = subprocess.run(
        ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True
    )
    (folder / "etc/apt/apt.conf.d/90machine").write_text(apt.stdout)
    pip = ask_pip()
    options = "".join(f"{name} = {value}\n" for name, value in pip.items())
    (folder / "etc/pip.conf").write_text(f"[global]\n{options}")
    for path in ("/etc/resolv.conf", "/etc/hosts", pip.get("cert", "")):
        if path and Path(path).exists():
            place = folder / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.unlink(missing_ok=True)
            shutil.copyfile(path, place)
    run_quietly(enter(folder, "apt-get -qq update"))
    install = f"apt-get -qq install -y --no-install-recommends {PACKAGES}"
    run_quietly(enter(folder, install))
    if cert := pip.get("cert"):  # ca-certificates has written its own
        shutil.copyfile(cert, folder / cert.lstrip("/"))
    run_quietly(enter(folder, "useradd --create-home --shell /bin/bash guest"))
    for user, home in HOMES.items():
        clone = folder / home / "tsunagi"
        run_quietly(["git", "clone", "-q", str(ROOT), str(clone)])
        run_quietly(enter(folder, f"chown -R {user}: /{home} && chmod 700 /{home}"))


def enter(folder: Path, line: str, user: str = "root") -> list[str]:
    """Return the command that runs a shell line in the machine, as this user in its clone where there is one."""
    home = f"/{HOMES[user]}"
    kept = {k: v for k, v in os.environ.items() if k.lower().endswith("_proxy")}
    given = kept | {
        "HOME": home,
        "USER": user,
        "PATH": PATH,
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "PORT": "18000",
        "LINE_PORT": "18011",
        "CART_PORT": "18012",
        "SMTP_PORT": "18025",
    }
    inside = f"cd {home}/tsunagi 2>/dev/null || cd {home}; {line}"
    become = (
        f"setpriv --reuid={user} --regid={user} --init-groups" if user != "root" else ""
    )
    variables = " ".join(shlex.quote(f"{k}={v}") for k, v in given.items())
    place = shlex.quote(str(folder))
    mounts = (
        f"mount -t proc proc {place}/proc && mount -t tmpfs tmpfs {place}/dev/shm"
        f" && exec chroot {place} env -i {variables} {become} sh -c {shlex.quote(inside)}"
    )
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mounts]


def run_quietly(command: list[str]) -> None:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{shlex.join(command)}\n{done.stdout[-3000:]}")


def attempt(name: str, command: list[str]) -> bool:
    """Run a command, show what it says and say how it ended."""
    began = time.monotonic()
    try:
        code = subprocess.run(
            command, stderr=subprocess.STDOUT, check=False, timeout=MOST_SECONDS
        ).returncode
        word = "ok" if code == 0 else f"FAILED ({code})"
    except subprocess.TimeoutExpired:
        code, word = -1, "FAILED (no end)"
    print(f"== {name}: {word}, {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


def prove(suite: str, users: list[str], tests: list[str], keep: bool) -> list[bool]:
    folder = Path(tempfile.mkdtemp(prefix=f"fresh-{suite}-"))
    folder.chmod(0o755)  # the ordinary user's way to his home
    began = time.monotonic()
    make_machine(suite, folder)
    print(f"== {NAMES[suite]}: made in {time.monotonic() - began:.0f} s", flush=True)
    said = subprocess.run(
        enter(
            folder, "python3 --version; cat /etc/debian_version; stat -c '%a %n' /root"
        ),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    print("  " + ", ".join(said.split("\n")[:3]), flush=True)
    (folder / "usr/local/bin/try_run.py").write_text(TRY)
    results = []
    for user in users:
        name = f"{NAMES[suite]}, {user}"
        run = enter(folder, "python3 /usr/local/bin/try_run.py", user)
        results.append(attempt(f"{name}, make run", run))
        line = "make test"
        if tests:
            chosen = " ".join(map(shlex.quote, tests))
            line = f"make ready && .venv/bin/python -m scripts.check {chosen}"
        results.append(attempt(f"{name}, {line}", enter(folder, line, user)))
    if not keep:
        shutil.rmtree(folder)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Prove the two commands on bare machines."
    )
    parser.add_argument("--suites", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--users", nargs="+", choices=HOMES, default=list(HOMES))
    parser.add_argument("--tests", nargs="+", default=[])
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        sys.exit("Needs root and debootstrap (`apt-get install debootstrap`).")
    results = []
    for suite in options.suites:
        results += prove(suite, options.users, options.tests, options.keep)
    print("Everything passed." if all(results) else f"Failed: {results.count(False)}")
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
