"""The stack's commands as a user gives them."""

import subprocess
import sys

from warehouse.connection import PROJECT


def stack(*words):
    command = [sys.executable, "-m", "stack", *words]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True)


def started(*words, before=()):
    """Start a command, behind the words of another one if need be."""
    command = [*before, sys.executable, "-m", "stack", *words]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
