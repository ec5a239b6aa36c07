"""Follow one chain of runs from collect to campaign, as the assets carry it on, and say what happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from stack.airflow import Airflow

STAGES = ("collect", "transform", "recommend", "campaign")
HANDOVER_SECONDS = 90
ENDED = ("success", "failed")
SAID = ("running", "success", "failed", "up_for_retry", "upstream_failed", "skipped")
TROUBLE = ("error", "fail", "exception", "refused", "missing", "not ")


@dataclass
class Stage:
    """One finished run: how long it took from its start to its end."""

    dag_id: str
    run_id: str
    seconds: float


class TaskFailedError(Exception):
    """A task of the chain failed for good; carries its name, its last error line and everything it printed."""

    def __init__(self, name: str, lines: list[str]):
        self.name, self.lines = name, lines
        super().__init__(f"{name} failed: {last_error(lines)}")


class ChainBrokenError(Exception):
    """A stage was not started by the stage before it."""


@dataclass
class Follower:
    """Follows runs: `say` gets every change, `look` what is under way, `check` raises where Airflow itself died."""

    airflow: Airflow
    say: Callable[[str], None]
    look: Callable[[str], None]
    check: Callable[[], None]
    seen: dict = field(default_factory=dict)

    def follow(self, run_id: str) -> list[Stage]:
        """Follow the run of the first stage and those it causes; return the stages.

        Raises:
            TaskFailedError: a task failed for good.
            ChainBrokenError: a finished stage did not start the next one.
        """
        stages = []
        for dag_id in STAGES:
            if stages:
                run_id = self._next(dag_id, stages[-1])
            stages.append(self._finish(dag_id, run_id))
        return stages

    def _finish(self, dag_id: str, run_id: str) -> Stage:
        while True:
            self.check()
            run, tasks = self.airflow.run(dag_id, run_id), self.airflow.tasks(dag_id, run_id)
            self._report(dag_id, run_id, tasks)
            if run["state"] in ENDED:
                break
            time.sleep(0.7)
        if run["state"] == "failed":
            self._fail(dag_id, run_id, tasks)
        stage = Stage(dag_id, run_id, (_time(run["end_date"]) - _time(run["start_date"])).total_seconds())
        self.say(f"{dag_id:<10} done in {stage.seconds:.0f} s")
        return stage

    def _next(self, dag_id: str, before: Stage) -> str:
        until = time.monotonic() + HANDOVER_SECONDS
        while time.monotonic() < until:
            self.check()
            run_id = self.airflow.run_caused_by(dag_id, before.run_id)
            if run_id:
                return run_id
            time.sleep(0.5)
        raise ChainBrokenError(
            f"{before.dag_id} finished, but {dag_id} did not start within {HANDOVER_SECONDS} s. "
            f"Is it paused? See {self.airflow.url}/dags/{dag_id}"
        )

    def _report(self, dag_id: str, run_id: str, tasks: list[dict]) -> None:
        """Say every change of state, and what is under way now."""
        for task in sorted(tasks, key=lambda task: task["start_date"] or "~"):
            now = (task["state"], task["try_number"])
            if task["state"] in SAID and self.seen.get((dag_id, task["task_id"])) != now:
                self.seen[dag_id, task["task_id"]] = now
                self.say(f"{dag_id:<10} {task['task_id']:<20} {self._words(dag_id, run_id, task)}")
        running = [task["task_id"] for task in tasks if task["state"] == "running"]
        again = [f"{task['task_id']} until its next try" for task in tasks if task["state"] == "up_for_retry"]
        self.look(f"{dag_id}: {', '.join(running or again) or 'the scheduler'}")

    def _words(self, dag_id: str, run_id: str, task: dict) -> str:
        state, took = task["state"].replace("_", " "), f"{task['duration'] or 0:.1f} s"
        if task["state"] == "up_for_retry":
            lines = self.airflow.log(dag_id, run_id, task["task_id"], task["try_number"])
            return f"failed, is tried again: {last_error(lines)}"
        return state if task["state"] in ("running", "upstream_failed") else f"{state}, {took}"

    def _fail(self, dag_id: str, run_id: str, tasks: list[dict]) -> None:
        failed = [task for task in tasks if task["state"] == "failed"]
        if not failed:
            raise TaskFailedError(dag_id, ["the run was marked as failed by hand or by another command"])
        first = min(failed, key=lambda task: task["end_date"] or "~")
        lines = self.airflow.log(dag_id, run_id, first["task_id"], first["try_number"])
        raise TaskFailedError(f"{dag_id}.{first['task_id']}", lines)


def last_error(lines: list[str]) -> str:
    """Return the last line that speaks of trouble, else the last line of the command's own output."""
    own = [line.strip() for line in lines if line.strip() and not line.startswith("Command exited")]
    speaking = [line for line in own if any(word in line.lower() for word in TROUBLE)]
    return (speaking or own or ["it printed nothing"])[-1]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
