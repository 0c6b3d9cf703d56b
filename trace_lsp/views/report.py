"""A run, its graph and what was suggested, as one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from trace_lsp.runs.record import Trace
from trace_lsp.session.proposal import Proposal
from trace_lsp.trace.graph import NodeRecord, Output
from trace_lsp.views.markup import Markup, element
from trace_lsp.views.report_graph import graph_section
from trace_lsp.views.report_parts import Section
from trace_lsp.views.report_proposal import proposal_section
from trace_lsp.views.report_run import (
    console_section,
    failure_section,
    outcome_section,
    updates_section,
    values_section,
)
from trace_lsp.views.values import base_name


def report(
    trace: Trace,
    nodes: Sequence[NodeRecord],
    proposals: Sequence[Proposal] = (),
    outputs: Sequence[Output] = (),
) -> str:
    """The page. `nodes` are drawn and listed: the whole run, or what led to `outputs`.

    It loads nothing, runs no script but its own, and shows every value as text. Long parts
    are bounded, and say what they leave out.
    """
    name = base_name(trace.configuration.program)
    sections = [
        outcome_section(trace),
        failure_section(trace),
        *(proposal_section(number, each) for number, each in enumerate(proposals, 1)),
        graph_section(nodes, outputs),
        updates_section(trace),
        values_section(nodes),
        console_section(trace),
    ]
    return _page(f"Trace of {name}", [section for section in sections if section is not None])


def _page(title: str, sections: Sequence[Section]) -> str:
    script = _resource("report.js")
    body = element(
        "body",
        element("a", "Skip to the outcome", class_="skip", href="#outcome"),
        element("header", element("h1", title), _contents(sections)),
        element("main", *(section.html() for section in sections)),
        element("script", script),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(title, script), body, lang='en')}\n"


def _head(title: str, script: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", _resource("report.css")),
    )


def _contents(sections: Sequence[Section]) -> Markup:
    links = [element("a", section.title, href=f"#{section.id}") for section in sections]
    return element("nav", element("ul", *map(_entry, links)), aria_label="Contents")


def _entry(link: Markup) -> Markup:
    return element("li", link)


def _resource(name: str) -> Markup:
    return Markup(files(__package__).joinpath(name).read_text("utf-8"))


def _policy(script: str) -> str:
    """Nothing is loaded; the page's own style and its one script are let through."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return "; ".join(
        [
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            "img-src data:",
            f"script-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
