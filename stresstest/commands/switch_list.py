"""What ``--without`` can switch off: channels and layers of uncertainty, each in one line."""

from __future__ import annotations

from collections.abc import Mapping

from .shown import Kept, Shown, Table

#: What each channel moves, in the order of the split of a loss.
CHANNELS: Mapping[str, str] = {
    "duration": "Term premium of the bonds that the plan leaves to markets: with the news first, with the flow after.",
    "fiscal": "The Treasury: bills in place of coupons relieve the term premium, unexpected coupons add to it.",
    "policy_reaction": "What a stop, a restart or emergency purchases change in the term premium.",
    "policy_path": "Policy rates expected to be lower, because runoff tightens in their place.",
    "inflation_growth": "Output and inflation answer over quarters to what policy rates do not take back.",
    "mortgages": "Mortgage spread: supply of mortgage bonds beyond what is priced in.",
    "dollar": "The dollar gains on news that the balance sheet shrinks more than others.",
    "global": "Plans of other central banks: yields abroad, part of them in the US, and less of a lead for the dollar.",
    "liquidity": "Funding stress while leverage is high: shares, volatility, and in turbulence a dash for cash.",
    "risk_appetite": "Investors pay less for risk on news of less support.",
    "crypto": "Deleveraging of coins, and stablecoins that lose their peg.",
    "turbulence": "The fall with which turbulent weeks begin.",
    "market": "Ordinary moves of all factors, in calm and in turbulent weeks.",
}
#: What each layer of uncertainty draws, and what stands in its place.
LAYERS: Mapping[str, str] = {
    "parameters": "Parameters of plan, plumbing and responses, drawn from their ranges; off: central values.",
    "noise": "Ordinary moves of all factors and the falls of turbulence; off: only what the plan and jumps move.",
    "exposures": "Standard errors of the betas; off: betas as estimated.",
    "residual": "What is specific to each position; off: positions move with their factors alone.",
}
LINES = (
    "--without NAME switches one off in run, stress, rebalance, compare, batch, sweep, reverse and views; repeat it to "
    "switch off more.",
    "Random numbers stay the same, so two runs of one seed differ by what was switched off. A channel that is off "
    "leaves the balance sheet, the funding spread and turbulent weeks as they are. Named scenarios pass through no "
    "channel.",
    "What is switched off is named beside every simulated figure: such a result is not the whole.",
)


def switch_list() -> Shown:
    """Every name that can be switched off, with its meaning."""
    document = {
        kind: [{"name": name, "meaning": meaning} for name, meaning in known.items()]
        for kind, known in (("channels", CHANNELS), ("layers", LAYERS))
    }
    return Shown(document, (_table("Channels", CHANNELS), _table("Layers of uncertainty", LAYERS)), LINES, left=True)


def _table(title: str, known: Mapping[str, str]) -> Table:
    return title, ("name", "meaning"), [(Kept(name), meaning) for name, meaning in known.items()]
