"""Airflow's REST API, as far as following one chain of runs needs it."""

import time
from datetime import datetime

import httpx

PATIENCE_SECONDS = 60


class Airflow:
    """A client of one api-server on loopback; requests are repeated while the server is busy or restarting."""

    def __init__(self, port: int):
        self.port, self.url = port, f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def health(self) -> dict:
        """Return the state of the components, or nothing where no server answers yet."""
        try:
            return self._http.get("/api/v2/monitor/health").json()
        except (httpx.TransportError, ValueError):
            return {}

    def dags(self) -> dict[str, datetime]:
        """Return the known DAGs and when each was last read."""
        found = self._call("GET", "dags", params={"limit": 100})["dags"]
        return {dag["dag_id"]: datetime.fromisoformat(dag["last_parsed_time"]) for dag in found}

    def import_errors(self) -> list[str]:
        """Return, for each DAG file that cannot be read, its name and the last line of why."""
        found = self._call("GET", "importErrors")["import_errors"]
        return [f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in found]

    def make_pool(self, name: str, slots: int) -> None:
        """Create a pool unless it is there."""
        known = self._call("GET", "pools", params={"limit": 100})["pools"]
        if name not in {pool["name"] for pool in known}:
            self._call("POST", "pools", json={"name": name, "slots": slots})

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self._call("PATCH", f"dags/{dag_id}", json={"is_paused": False})

    def trigger(self, dag_id: str, run_id: str) -> None:
        """Start a run that has no date of its own."""
        self._call("POST", f"dags/{dag_id}/dagRuns", json={"dag_run_id": run_id, "logical_date": None})

    def run(self, dag_id: str, run_id: str) -> dict:
        """Return one run."""
        return self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}")

    def tasks(self, dag_id: str, run_id: str) -> list[dict]:
        """Return the task instances of one run."""
        return self._call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]

    def run_caused_by(self, dag_id: str, cause: str) -> str | None:
        """Return the run of this DAG that an asset of the run `cause` started, if it is there yet."""
        latest = {"order_by": "-run_after", "limit": 10}
        for run in self._call("GET", f"dags/{dag_id}/dagRuns", params=latest)["dag_runs"]:
            events = self._call("GET", f"dags/{dag_id}/dagRuns/{run['dag_run_id']}/upstreamAssetEvents")
            if cause in {event["source_run_id"] for event in events["asset_events"]}:
                return run["dag_run_id"]
        return None

    def give_up_unfinished(self, dag_id: str) -> int:
        """Mark the runs that a killed scheduler left unfinished as failed; return how many."""
        self._call("DELETE", f"dags/{dag_id}/assets/queuedEvents", missing_is_fine=True)
        unfinished = {"state": ["running", "queued"], "limit": 100}
        runs = self._call("GET", f"dags/{dag_id}/dagRuns", params=unfinished)["dag_runs"]
        for run in runs:
            self._call("PATCH", f"dags/{dag_id}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})
        return len(runs)

    def log(self, dag_id: str, run_id: str, task_id: str, attempt: int) -> list[str]:
        """Return the lines that a task printed, without Airflow's own."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{attempt}"
        events = self._call("GET", path, headers={"Accept": "application/json"})["content"]
        printed = [event["event"] for event in events if "SubprocessHook" in event.get("logger", "")]
        return printed[printed.index("Output:") + 1 :] if "Output:" in printed else []

    def _call(self, method: str, path: str, missing_is_fine: bool = False, **request):
        """Make one request, and the same again while the server does not answer it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if "Authorization" not in self._http.headers:
                    token = self._http.get("/auth/token").raise_for_status().json()["access_token"]
                    self._http.headers["Authorization"] = f"Bearer {token}"
                answer = self._http.request(method, f"/api/v2/{path}", **request)
                if answer.status_code == 404 and missing_is_fine:
                    return None
                if answer.status_code < 500:
                    answer.raise_for_status()
                    return answer.json() if answer.content else None
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.5)
