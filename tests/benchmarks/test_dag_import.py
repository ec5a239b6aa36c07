"""Reading each DAG file in a fresh interpreter beside the import of Airflow's SDK alone."""

import subprocess
import sys

import pytest

from warehouse.connection import PROJECT

SDK = "import airflow.sdk, airflow.providers.standard.operators.bash"
TIMED = """
import sys, time
sys.path.insert(0, "dags")
began = time.perf_counter()
{}
print(time.perf_counter() - began)
"""


def seconds(statement):
    """The best of three, each in an interpreter of its own."""
    command = [sys.executable, "-c", TIMED.format(statement)]
    runs = [subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True) for _ in range(3)]
    return min(float(run.stdout.split()[-1]) for run in runs)


@pytest.mark.bench
@pytest.mark.timeout(300)
def test_a_dag_file_costs_little_more_than_airflow_itself(server):
    bound = seconds(SDK)
    print(f"\nAirflow's SDK and BashOperator alone  {bound:.2f} s")
    for path in sorted((PROJECT / "dags").glob("*.py")):
        took = seconds(f"import {path.stem}")
        print(f"dags/{path.name:<17}  {took:>17.2f} s   ratio {took / bound:.2f}")
        assert took / bound <= 1.5
