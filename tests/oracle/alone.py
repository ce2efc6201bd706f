"""A folder of its own for the files of a case, as its process sees nothing else."""

import contextlib
import os
import sys
import tempfile


@contextlib.contextmanager
def alone(files, env=None):
    """Starts in a folder with `files`, from which modules are imported, with `env` and nothing else
    in the environment. What is printed is no answer."""
    os.environ.clear()
    os.environ.update(env or {})
    sys.stdout = sys.stderr = open(os.devnull, "w")
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        sys.path.insert(0, folder)
        for name, text in files.items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "w", encoding="utf-8") as file:
                file.write(text)
        yield
