"""The whole chain once, from the sources to the exports, followed on the screen and summed up at its end."""

import time
from pathlib import Path

from stack import lifecycle, screen
from stack.chain import STAGES, ChainBrokenError, Follower, TaskFailedError
from stack.memory import Sampler
from stack.progress import Progress
from stack.settings import folder


def run(sources: Path) -> int:
    """Start the stack unless `up` did, follow one chain, print the last screen; return the exit code."""
    progress, sampler, last = Progress(), Sampler(), []
    stays = lifecycle.state().get("mode") == "up" and bool(lifecycle.running())
    sampler.start()
    try:
        stack = lifecycle.start("up" if stays else "demo", sources, progress.say)
        stages = _chain(stack, progress, give_up_old=not stays)
        sampler.stop()
        last = screen.lines(stack, stages, progress.seconds(), sampler.peak_bytes, stays)
        return 0
    except TaskFailedError as error:
        path = folder("logs") / f"{error.name}.log"
        path.write_text("\n".join(error.lines) + "\n")
        progress.say(f"{error}\nSee all it printed: less {path}")
        return 1
    except ChainBrokenError as error:
        progress.say(str(error))
        return 1
    finally:
        sampler.stop()
        if not stays:
            progress.say("stopping everything")
            lifecycle.stop()
        progress.end(last)


def _chain(stack: lifecycle.Stack, progress: Progress, give_up_old: bool):
    """Trigger the first stage and follow what its assets cause."""
    for dag_id in STAGES:
        if give_up_old and (count := stack.airflow.give_up_unfinished(dag_id)):
            progress.say(f"{dag_id}: gave up {count} unfinished runs of a killed stack")
        stack.airflow.unpause(dag_id)
    run_id = time.strftime("demo-%Y%m%dT%H%M%SZ", time.gmtime())
    stack.airflow.trigger(STAGES[0], run_id)
    follower = Follower(stack.airflow, progress.say, progress.look, lifecycle.check_alive)
    return follower.follow(run_id)
