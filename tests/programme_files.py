"""Programmes to try the rules on: both files that come with the tool, and changed copies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from lti_tool.programme.definition import Programme
from lti_tool.programme.loader import parse_programme

CONFIG = Path(__file__).parents[1] / "config"
PRESETS = ("programme.yaml", "programme-30-60-90.yaml")


def text_of(preset: str) -> str:
    return (CONFIG / preset).read_text(encoding="utf-8")


def changed(text: str, **changes: Any) -> Programme:
    """The programme with other values, each named by its path with `__` between the keys.

    None takes the key away.
    """
    data = yaml.load(text, Loader=yaml.BaseLoader)
    for path, value in changes.items():
        *above, last = path.split("__")
        part = data
        for key in above:
            part = part[key]
        if value is None:
            del part[last]
        else:
            part[last] = value
    return parse_programme(json.dumps(data, ensure_ascii=False))


SMALL = """
framework: {id: small, version: "1", award: A certificate, credits: 25, level: FHEQ 7}
content_areas:
  only: {strands: {first: {text: the first}, second: {text: the second}, third: {text: the third}}}
records: {network_link: the beginning}
phases:
  1: {title: One, core: true, credits: 5, weights: {q: 100}}
  2: {title: Two, core: false, credits: 20, weights: {q: 100}, entry: {passed: [M.one]}}
modules:
  M.one: {phase: 1, credits: 5, title: First, strands: [first], marking: single,
          assess: {kind: presentation, words: 0}}
  M.two: {phase: 2, credits: 20, title: Second, strands: [second, third], marking: single,
          assess: {kind: portfolio, words: 100}, requires: [network_link]}
criteria: {q: {label: Quality, asks: "Is it good?"}}
bands: [{from: 60, name: Good}, {from: 0, name: Not good}]
pass_mark: 60
component_minimum: 0
progression: {mode: block, parallel_modules: 0}
completion: {credits: 25, areas_covered: claimed, records: [network_link],
             strand_target: {level: claimed, count: 1, hard: true}}
coaching: {required_throughout: false, training_required: false, allow_other_school: false,
           alert_no_dialogue_days: 7, attestation_required: false,
           duties: {z: {label: Talking, sentence: Talking together.}}}
classification: {basis: credit_weighted_mean, exclude_apl: false, distinction: 90, merit: 80}
compensation: {enabled: false, max_credits: 0, min_mark: 0}
reassessment: {max_attempts: 1, cap: 60, deferral_uncapped: false}
late: {rule: refuse}
feedback: {working_days: 1, show_to_participant: true}
apl: {max_credits: 0, requires_impact_record: false, whole_modules_only: true, currency_years: 0}
time: {earliest_start: any_time, latest_start_year: 1, expected_years: 1, window_years: 1,
       clock_stops_for: [], grace_days: 0}
moderation: {sample_all_below: 0, sample_at_least: 0, per_band: 0, borderline: 0,
             auto_agree_within: 0}
gradebook: {send_at: ratified, comment: Not final, recheck_days: 1}
retention: {assessed_work: 0, regulator_sample: 0, unsubmitted_evidence: 0, audit: 0}
"""
"""As far from the presets as it gets: two phases, one area, three strands, one criterion."""
