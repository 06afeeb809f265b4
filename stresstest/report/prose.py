"""The words that change with the result: the answer, and which of several true sentences fits.

Ordinary market risk and what the plan adds are never one number: the plan is credited only with its increment, next
to the standard error of that increment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import numbers, switched_off, unmodelled
from .catalogue import Catalogue
from .tables.cells import Document
from .tables.inputs import quote_name
from .tables.losses import factor_list, headline, worst_first

#: An increment below this many standard errors is not told from zero.
CLEAR = 2.0
#: From this share of paths on, most of what a plan announces does not happen.
HALF = 0.5
#: Classes whose positions can call for margin without debt: the broker asks for it as their price moves.
MARGINED = ("future",)
#: Statuses of starting levels that are assumptions, not observations; their date says nothing about age.
ASSUMED = ("MEM", "JUDG")
#: What a tail means: of the whole, and with parts switched off.
LOSS = ("answer.tail_means", "answer.tail_off")
NO_LOSS = ("answer.tail_gain_means", "answer.tail_gain_off")
#: What is said of those lines of a tail that are there whatever the plan; one that is switched off has no line.
USUAL = {
    ("turbulence", "market"): "plan.tail_usual",
    ("market",): "plan.tail_usual_market",
    ("turbulence",): "plan.tail_usual_turbulence",
}
#: Rules of a plan that take amounts off it.
STOPPING = ("halt", "slow")


class Statement(NamedTuple):
    """One part of the answer: what it is about, its figure, and the sentence that says what the figure means."""

    label: str
    figure: str
    sentence: str


def answer(d: Document, t: Catalogue) -> list[Statement]:
    """What is left out where that is large; ordinary tail, what the plan adds, the worst scenario, and what to do."""
    worst = headline(d)
    named = [] if worst is None else [_worst(worst, d, t)]
    simulated = [s._replace(label=switched_off.captioned(s.label, d, t)) for s in (_tail(d, t), _plan(d, t))]
    said = [*simulated, *named, _proposal(d, worst, t)]
    left_out = unmodelled.sentences(d, t)
    if unmodelled.is_large(d):
        label, text = t("answer.left_out_label"), t("answer.joint").join(left_out)
        return [*_off(d, t), Statement(label, unmodelled.figure(d, t), text), *said]
    return [*_off(d, t), said[0]._replace(sentence=t("answer.joint").join((said[0].sentence, *left_out))), *said[1:]]


def _off(d: Document, t: Catalogue) -> list[Statement]:
    """What the user has switched off, before any figure that leaves it out; nothing as a rule."""
    off = switched_off.names(d, t)
    return [Statement(t("answer.off_label"), str(len(off)), switched_off.sentence(d, t))] if off else []


def _tail(d: Document, t: Catalogue) -> Statement:
    found = d["distribution"]
    band, horizon = found["bands"]["es_95"], t.months(found["horizon_months"])
    money = numbers.times(band["value"], d["portfolio"]["modelled_value"])
    if is_gain(band["value"]):
        figure = t("answer.gain_figure", gain=t.result(-band["value"]))
        said = (t("answer.tail_gain", horizon=horizon, **_gain(band, money, t)), _tail_means(NO_LOSS, d, t))
        return Statement(t("answer.tail_label"), figure, t("answer.joint").join(said))
    sentence = t(
        "answer.tail",
        horizon=horizon,
        loss=t.result(band["value"]),
        money=t.money(money),
        low=t.bound(band["p05"]),
        high=t.bound(band["p95"]),
    )
    sentence = t("answer.joint").join((sentence, _tail_means(LOSS, d, t)))
    return Statement(t("answer.tail_label"), t.result(band["value"]), _explained(sentence, band["value"], t))


def _tail_means(keys: tuple[str, str], d: Document, t: Catalogue) -> str:
    """What the tail is the risk of; where parts are switched off, that it is not the whole, and which they are."""
    whole, part = keys
    off = switched_off.listed(d, t)
    return t(part, names=off) if off else t(whole)


def ordinary(d: Document, t: Catalogue) -> str:
    """What the simulated result is; that market noise is in it, where it is."""
    found = d["distribution"]
    said = [t("plan.ordinary_text", horizon=t.months(found["horizon_months"]), paths=numbers.grouped(found["paths"]))]
    if "market" in found["tail"]["by_channel"]:
        said.append(t("plan.ordinary_noise"))
    return t("answer.joint").join(said)


def tail_parts(d: Document, t: Catalogue) -> str:
    """How to read the split of the tail; which of the lines that it has are there without the plan."""
    lines = d["distribution"]["tail"]["by_channel"]
    usual = USUAL.get(tuple(name for name in ("turbulence", "market") if name in lines))
    keys = ("plan.tail_text", *([usual] if usual else []), "plan.tail_picked")
    return t("answer.joint").join(t(key) for key in keys)


def limits(d: Document, t: Catalogue) -> list[str]:
    """Limits of the method, each as it is in this run: some read otherwise where a part is switched off."""
    layers = switched_off.layers(d)
    otherwise = {
        "history": "parameters" in layers,
        "small_mean": "market" not in d["distribution"]["tail"]["by_channel"],
        "exposures": "exposures" in layers,
        "bands": bool(switched_off.names(d, t)),
    }
    kind = {True: "limits_off", False: "limits_of_method"}
    return [t(f"{kind[otherwise.get(name, False)]}.{name}") for name in t.family("limits_of_method")]


def _explained(sentence: str, loss: float | None, t: Catalogue) -> str:
    """The sentence, and what a loss of more than everything means."""
    beyond = loss is not None and loss > 1.0
    return t("answer.joint").join((sentence, t("answer.beyond"))) if beyond else sentence


def is_gain(loss: float | None) -> bool:
    """Whether a loss is a gain: it is then said as one, not as a loss with a minus sign."""
    return loss is not None and loss < 0.0


def _gain(band: Mapping[str, float], loss: float | None, t: Catalogue) -> dict[str, str]:
    """The words for a gain of -loss, with the band the other way round. band: of the loss, in fractions."""
    gain = {"gain": t.result(numbers.times(band["value"], -1.0)), "money": t.money(numbers.times(loss, -1.0))}
    low, high = (t.bound(numbers.times(band[end], -1.0)) for end in ("p95", "p05"))
    return {**gain, "low": low, "high": high}


def _plan(d: Document, t: Catalogue) -> Statement:
    added = d["increment"]["es_95"]
    size, error = added["value"], added["standard_error"]
    if d["plan"] == d["baseline"] and not size and not error:
        sentence = t("answer.plan_baseline", plan=d["plan"]["title"])
        return Statement(t("answer.plan_label"), t("answer.plan_none_figure"), sentence)
    signed, error_points = numbers.with_error(size, error)
    figure = t("answer.plan_figure", added=signed, error=error_points)
    if d["plan"]["end"] < d["snapshot"]["as_of"]:
        return Statement(t("answer.plan_label"), figure, _ended(d, t))
    clear = size is not None and error is not None and abs(size) >= CLEAR * error
    key = "answer.plan_unclear" if not clear else "answer.plan_adds" if size > 0 else "answer.plan_lowers"
    shown = abs(size) if clear else size
    points, _ = numbers.with_error(shown, error)
    sentence = t(
        key,
        plan=d["plan"]["title"],
        baseline=d["baseline"]["title"],
        added=t("money.points", number=points),
        money=t.money(numbers.times(shown, d["portfolio"]["modelled_value"])),
        error=t("money.points", number=error_points),
    )
    return Statement(t("answer.plan_label"), figure, t("answer.joint").join((sentence, *_stopped(d, t))))


def _ended(d: Document, t: Catalogue) -> str:
    """A plan of the past has no effect of its own: what differs is what the baseline does."""
    added = d["increment"]["es_95"]
    points, error = numbers.with_error(added["value"], added["standard_error"])
    return t(
        "answer.plan_ended",
        plan=d["plan"]["title"],
        baseline=d["baseline"]["title"],
        end=d["plan"]["end"],
        added=t("money.points", number=points),
        error=t("money.points", number=error),
    )


def _stopped(d: Document, t: Catalogue) -> list[str]:
    """On how many paths the plan is stopped, and by whom: what does not happen adds nothing."""
    share = d["balance_sheet"]["halted_ever"]
    if not share or not any(
        step["treasury_cap"] or step["mbs_cap"] or step["mbs_sales"] for step in d["plan"]["steps"]
    ):
        return []
    key = "answer.plan_stopped" if share > HALF else "answer.plan_stopped_some"
    return [t(key, share=t.percent(share), who=t(_who_stops(d["plan"])))]


def _who_stops(plan: Mapping[str, Any]) -> str:
    """Key of the words for what can stop a plan: the committee where it reacts, and rules that slow or stop it."""
    if not plan["reaction"]:
        return "answer.stops_rules"
    ruled = any(rule["when"] in STOPPING for rule in plan["rules"])
    return "answer.stops_either" if ruled else "answer.stops_committee"


def _worst(scenario: Mapping[str, Any], d: Document, t: Catalogue) -> Statement:
    label = switched_off.banded(t("answer.worst_past_label" if scenario["episode"] else "answer.worst_label"), d, t)
    said = [_explained(_worst_sentence(scenario, t), scenario["loss_fraction"], t), *_unseen(scenario, t)]
    episodes = [s for s in worst_first(d["scenarios"]) if s["episode"] and s is not scenario]
    if episodes:
        # an episode that the record holds for what is owned says more than a worse one that is partly filled in
        shown = next((s for s in episodes if not s["filled_in"]), episodes[0])
        said += [_scale(shown, t), *_unseen(shown, t)]
    sentence = t("answer.joint").join(said)
    return Statement(label, loss_or_gain(scenario["loss_fraction"], t), sentence)


def _scale(episode: Mapping[str, Any], t: Catalogue) -> str:
    """A past episode for comparison."""
    loss = episode["loss_fraction"]
    if is_gain(loss):
        return t("answer.episode_gain", scenario=episode["title"], gain=t.result(-loss))
    return t("answer.episode", scenario=episode["title"], loss=t.result(loss))


def _unseen(scenario: Mapping[str, Any], t: Catalogue) -> list[str]:
    """What the weeks of an episode have no record of, where it matters."""
    return [t("answer.filled_in", factors=factor_list(scenario, t))] if scenario["filled_in"] else []


def margin(d: Document, t: Catalogue) -> str:
    """How margin calls are tested, or why there can be none."""
    book = d["portfolio"]
    owes = any((p["market_value"] or 0.0) < 0.0 or p["asset_class"] in MARGINED for p in book["positions"])
    called = (d["distribution"]["margin_call_probability"] or 0.0) > 0.0
    return t("leverage.text" if called or owes or book["cash_usd"] < 0.0 else "leverage.unlevered")


def said_result(loss: float | None, t: Catalogue) -> str:
    """A result that may be either: "loss of 3%" or "gain of 2%"."""
    if loss is not None and loss < 0.0:
        return t("answer.gain_figure", gain=t.result(-loss))
    return t("answer.loss_figure", loss=t.result(loss))


def loss_or_gain(loss: float | None, t: Catalogue) -> str:
    """A figure below a label that says loss: the plain share, or a gain in words."""
    return said_result(loss, t) if is_gain(loss) else t.result(loss)


def _worst_sentence(scenario: Mapping[str, Any], t: Catalogue) -> str:
    if is_gain(scenario["loss_fraction"]):
        band = {**scenario["band"], "value": scenario["loss_fraction"]}
        return t("answer.worst_gain", scenario=scenario["title"], **_gain(band, scenario["loss"], t))
    factor = min(scenario["by_factor"], key=scenario["by_factor"].__getitem__, default="")
    return t(
        "answer.worst",
        scenario=scenario["title"],
        loss=t.result(scenario["loss_fraction"]),
        money=t.money(scenario["loss"]),
        low=t.bound(scenario["band"]["p05"]),
        high=t.bound(scenario["band"]["p95"]),
        factor=t.label("factor", factor),
    )


def _proposal(d: Document, worst: Mapping[str, Any] | None, t: Catalogue) -> Statement:
    label, proposal = t("answer.proposal_label"), d["rebalance"]
    if proposal is None:
        return Statement(label, t("answer.none_figure"), t("answer.none"))
    if proposal["status"] == "infeasible":
        nearest = "; ".join(proposal["relaxation"]) or t("answer.no_relaxation")
        return Statement(label, t("answer.infeasible_figure"), t("answer.infeasible", relaxation=nearest))
    if proposal["status"] == "no_trade":
        return Statement(label, t("answer.no_trade_figure"), t("answer.no_trade"))
    largest = max(proposal["trades"], key=lambda trade: trade["value"], default=None)
    sentences = [t("answer.trades", count=str(len(proposal["trades"])))]
    figure = str(len(proposal["trades"]))
    if largest is not None:
        verb = "answer.largest_sale" if largest["side"] == "sell" else "answer.largest_purchase"
        sentences.append(t(verb, symbol=largest["symbol"], money=t.money(largest["value"])))
    if worst is not None and worst["loss_fraction_after"] is not None:
        losses = worst["loss_fraction"], worst["loss_fraction_after"]
        mixed = any(map(is_gain, losses))
        before, after = (said_result(loss, t) if mixed else t.result(loss) for loss in losses)
        figure = t("answer.change", before=before, after=after)
        key = "answer.result_after" if mixed else "answer.worst_after"
        sentences.append(t(key, scenario=worst["title"], before=before, after=after))
    return Statement(label, figure, t("answer.joint").join(sentences))


def oldest_observation(d: Document, t: Catalogue) -> str:
    """The oldest starting level that was observed rather than assumed, with its date and age; "" where there is none.

    The first of several as old.
    """
    observed = [q for q in d["snapshot"]["quotes"] if q["status"] not in ASSUMED]
    if not observed:
        return ""
    oldest = max(observed, key=lambda q: q["age_days"])
    name = t("page.fact", name=quote_name(oldest["name"], t), value=oldest["date"])
    return t("page.oldest_value", observation=name, days=oldest["age_days"])
