"""The real pre-commit on a real git repository, with the hook as it stands in this working tree.

Usage: pre_commit.py FOLDER, which must not be there yet.
"""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]

GOOD = """\
app = "shop"
[processes]
web = "gunicorn shop.wsgi --workers 3"
[http_service]
internal_port = 8000
processes = ["web"]
[env]
PORT = "8000"
[[vm]]
cpus = 1
memory = "1gb"
"""
BAD = GOOD.replace("--workers 3", "--workers 30")


def run(*command, cwd, status=0):
    """The output of a command that must end with a status."""
    done = subprocess.run(command, cwd=cwd, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode != status:
        sys.exit(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def git(repository, *arguments, status=0):
    return run("git", *IDENTITY, *arguments, cwd=repository, status=status)


def copy_of_this_repository(folder):
    """A repository with what git knows or would add here, committed: a hook needs a revision."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    names = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / name).read_bytes())
            target.chmod((ROOT / name).stat().st_mode)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    return git(folder, "rev-parse", "HEAD").strip()


class Shop:
    """A repository with the hook installed."""

    def __init__(self, folder, hook, revision):
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "--quiet")
        config = f"repos:\n- repo: {hook}\n  rev: {revision}\n  hooks:\n  - id: opslint\n"
        self.write(".pre-commit-config.yaml", config)
        run(sys.executable, "-m", "pre_commit", "install", "--install-hooks", cwd=folder)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def commit(self, status=0):
        git(self.folder, "add", "--all")
        return git(self.folder, "commit", "--message", "x", status=status)


def expect(part, text):
    if part not in text:
        sys.exit(f"expected {part!r} in\n{text}")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    # Built without optimisation: it is the hook that is tested. A build in our own target folder
    # would leave artefacts there that cargo takes for those of this working tree.
    os.environ["MATURIN_PEP517_ARGS"] = "--profile dev"
    os.environ["CARGO_TARGET_DIR"] = str(folder / "target")
    os.environ["PRE_COMMIT_HOME"] = str(folder / "cache")
    hook = folder / "opslint"
    shop = Shop(folder / "shop", hook, copy_of_this_repository(hook))

    shop.write("README.md", "# Shop\n")
    expect("Passed", shop.commit())
    shop.write("fly.toml", GOOD)
    expect("Passed", shop.commit())
    shop.write("fly.toml", BAD)
    stopped = shop.commit(status=1)
    expect("error[memory-overcommit]", stopped)
    expect("fly.toml:3:", stopped)
    # A script decides as much as a manifest, and no pattern of names knows it.
    shop.write("fly.toml", GOOD.replace("gunicorn shop.wsgi --workers 3", "sh start.sh"))
    shop.write("start.sh", "exec gunicorn shop.wsgi --workers 3\n")
    shop.commit()
    shop.write("start.sh", "exec gunicorn shop.wsgi --workers 60\n")
    expect("error[memory-overcommit]", shop.commit(status=1))
    (shop.folder / "start.sh").unlink()
    shop.write("fly.toml", GOOD)
    git(shop.folder, "mv", "fly.toml", "fly.staging.toml")
    shop.write("notes.txt", "renamed\n")
    shop.commit()
    shop.write("fly.staging.toml", BAD)
    expect("fly.staging.toml:3:", shop.commit(status=1))
    (shop.folder / "fly.staging.toml").unlink()
    shop.commit()
    print("ok: commits pass, are stopped, and survive a rename and a deletion")


main()
