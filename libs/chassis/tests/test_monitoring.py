"""What deploy/prometheus and deploy/grafana ask for is what processes show: names, labels and grammar.

The alerts' cases are run by `promtool` (tools/gates.py).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families
from promql_parser import AggregateExpr, Expr, VectorSelector

from chassis import metrics

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yaml"
CASES = DEPLOY / "prometheus" / "alerts.test.yaml"
DASHBOARDS = sorted((DEPLOY / "grafana").glob("*.json"))
# What Prometheus gives every sample: by itself, and by prometheus.yaml.
TARGET = {"job", "instance", "process"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Every series a process can show, with its labels."""
    found: dict[str, set[str]] = {"up": TARGET}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            for suffix in SUFFIXES[family.type]:
                le = {"le"} if suffix == "_bucket" else set()
                found[family.name + suffix] = {*metric._labelnames, *le, *TARGET}
    found |= {name: {*labels, *TARGET} for name, (_, labels) in metrics.QUEUE.items()}
    # The library's own.
    for family in text_string_to_metric_families(generate_latest(REGISTRY).decode()):
        if family.name.startswith("process_"):
            for sample in family.samples:
                found[sample.name] = {*sample.labels, *TARGET}
    return found


def alerts() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> Iterator[Any]:
    for rule in alerts():
        yield pytest.param(rule["expr"], id=rule["alert"])
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield pytest.param(target["expr"], id=f"{path.stem}: {panel['title']}")


def parsed(query: str) -> Expr:
    return promql_parser.parse(query.replace("$__rate_interval", "5m"))


def inside(expression: Expr, kind: type) -> list[Any]:
    """Every part of an expression that is of a kind."""
    found: list[Any] = []
    promql_parser.walk(expression, lambda part: found.append(part) if isinstance(part, kind) else None)
    return found


@pytest.mark.parametrize("query", list(queries()))
def test_a_query_asks_for_what_is_there(query: str, shown: dict[str, set[str]]) -> None:
    expression = parsed(query)
    selectors = inside(expression, VectorSelector)
    assert selectors or query == "vector(1)"
    for selector in selectors:
        assert selector.name in shown, f"no process shows {selector.name}"
        unknown = {matcher.name for matcher in selector.matchers.matchers} - shown[selector.name]
        assert not unknown, f"{selector.name} has no label {unknown}"
    for aggregate in inside(expression, AggregateExpr):
        names = {selector.name for selector in inside(aggregate.expr, VectorSelector)}
        known = set.intersection(*(shown[name] for name in names))
        wanted = set(aggregate.modifier.labels if aggregate.modifier else ())
        assert wanted <= known, f"{names} have no label {wanted - known}"


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_legend_names_labels_that_its_query_keeps(path: Path) -> None:
    for panel in json.loads(path.read_text())["panels"]:
        for target in panel["targets"]:
            outer = inside(parsed(target["expr"]), AggregateExpr)
            kept = {label for aggregate in outer if aggregate.modifier for label in aggregate.modifier.labels}
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept, panel["title"]


def test_dashboards_have_names_of_their_own() -> None:
    made = [json.loads(path.read_text()) for path in DASHBOARDS]
    assert {dashboard["uid"] for dashboard in made} == {f"pm-{path.stem}" for path in DASHBOARDS}
    assert {"overview", "imports", "database", "gateway"} == {path.stem for path in DASHBOARDS}
    for dashboard in made:
        places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
        assert len(set(places)) == len(places)


def test_every_alert_says_what_to_do_and_has_a_case() -> None:
    cases = CASES.read_text()
    for rule in alerts():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert f'"{rule["alert"]}"' in cases or f"alertname: {rule['alert']}\n" in cases, f"{rule['alert']} has no case"


def test_every_process_of_the_compose_file_is_scraped() -> None:
    jobs = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yaml").read_text())["scrape_configs"]
    (ours,) = (job for job in jobs if job["job_name"] == "productsmanager")
    (names,) = (config["names"] for config in ours["dns_sd_configs"])
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    measured = {name: service["networks"] for name, service in services.items() if "PM_METRICS_BIND" in service["environment"]}
    # A second worker answers to the name of the first.
    known = [networks["back"]["aliases"] if isinstance(networks, dict) else [name] for name, networks in measured.items()]
    assert set(names) == {alias for aliases in known for alias in aliases}
    assert ours["dns_sd_configs"][0]["port"] == 9100
