"""A Slurm of its own on this machine (scripts/slurm-local.sh), for tests to submit to."""

import os
import random
import shutil
import socket
import subprocess

from grid_fixture import SOURCE

PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
MISSING = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name, path=PATH) is None]
WHY_NOT = f"not installed: {', '.join(MISSING)}; scripts/setup.sh --slurm installs them"


def free_port():
    """One that is free, as is the next: several of these tests may run at a time."""
    while True:
        port = random.SystemRandom().randrange(20000, 30000)  # below those that connections are given
        try:
            for number in (port, port + 1):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            pass


class LocalSlurm:
    """Started in a folder of its own below `home`. Raises CalledProcessError if it does not start."""

    def __init__(self, home):
        home.chmod(0o755)  # munge wants its socket where everybody could reach it
        self.folder = home / "slurm"
        self.environment = {**os.environ, "PATH": PATH, "SLURM_LOCAL_FOLDER": str(self.folder),
                            "SLURM_LOCAL_PORT": str(free_port()), "SLURM_CONF": str(self.folder / "slurm.conf")}
        # Not through pipes: the daemons would hold them open.
        subprocess.run([SOURCE / "scripts/slurm-local.sh", "start"], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)

    def stop(self):
        subprocess.run([SOURCE / "scripts/slurm-local.sh", "stop"], env=self.environment)

    def call(self, *words):
        """What a command prints, called in the project's folder. AssertionError if it fails."""
        process = subprocess.run([str(word) for word in words], text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=600, env=self.environment, cwd=SOURCE)
        assert process.returncode == 0, f"{words}:\n{process.stdout}"
        return process.stdout

    def set_node_down(self):
        self.call("scontrol", "update", "nodename=localhost", "state=down", "reason=test")

    def is_node_down(self):
        return "down" in self.call("sinfo", "-h", "-o", "%T")

    def is_node_up_again(self):
        """Tells it to come back, which it may have done by itself, and then refuses to be told."""
        subprocess.run(["scontrol", "update", "nodename=localhost", "state=resume"], env=self.environment,
                       capture_output=True)
        return not self.is_node_down()
