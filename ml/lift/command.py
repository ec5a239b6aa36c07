"""One business's campaigns, judged: read, compare, write."""

from collections import defaultdict

import psycopg

from ml import writing
from ml.lift import judgement, reading
from ml.progress import announcer

COMPARED = ("comparable", "not random", "unknown")
STEPS = ("member", "delivery", "bounce", "impression", "open", "click", "visit", "redemption", "conversion", "refund")
STEPS += ("opt_out",)


def lift(connection: psycopg.Connection, business: str) -> None:
    """Replace a business's judgements of campaigns by those of what is known now."""
    say = announcer(business)
    with writing.alone(connection, business), connection.transaction():
        reading.draw(connection, business)
        campaigns = reading.campaigns(connection, business)
        verdicts, covariates, lifts = [], [], []
        for campaign in campaigns:
            of_campaign = judgement.balance(campaign) if reading.has_both(campaign) else []
            verdict = judgement.verdict(campaign, of_campaign)
            verdicts.append((campaign, verdict))
            covariates += [(campaign.campaign_id, *row) for row in of_campaign]
            if verdict.verdict in COMPARED:
                is_causal = verdict.verdict == "comparable"
                lifts += [
                    (campaign.campaign_id, *row, campaign.channel, is_causal) for row in judgement.lifts(campaign)
                ]
        rows = [(campaign.campaign_id, campaign.channel, *verdict) for campaign, verdict in verdicts]
        writing.replace(connection, "campaign_verdicts", business, rows)
        writing.replace(connection, "campaign_balance", business, covariates)
        writing.replace(connection, "campaign_lift", business, lifts)
        steps = [(*row[:3], STEPS.index(row[2]) + 1, *row[3:]) for row in reading.funnel(connection, business)]
        writing.replace(connection, "campaign_funnel", business, steps)
        credits = reading.credited(connection, business)
        writing.replace(connection, "channel_increments", business, increments(lifts, credits))
    say(f"{len(verdicts):,} campaigns: {_counted(verdicts)}")


def increments(lifts: list[tuple], credits: list[tuple]) -> list[tuple]:
    """Return (channel, outcome, model, credited, caused, low, high): what models credit campaigns with beside it.

    Only campaigns whose groups are comparable; the squares of the intervals' halves of several campaigns add up.
    """
    caused = defaultdict(lambda: [0.0, 0.0])
    campaigns = defaultdict(set)
    for campaign_id, *row, channel, is_causal in lifts:
        row = judgement.Lift(*row)
        if is_causal and row.segment == "all" and row.outcome != "conversion_rate":
            caused[channel, row.outcome][0] += row.incremental
            caused[channel, row.outcome][1] += ((row.incremental_high - row.incremental_low) / 2) ** 2
            campaigns[channel].add(campaign_id)
    found = []
    models = sorted({model for model, *_ in credits})
    for (channel, outcome), (sum_of_them, squares) in sorted(caused.items()):
        half = squares**0.5
        for model in models:
            place = 2 if outcome == "orders" else 3
            credit = sum(row[place] for row in credits if row[0] == model and row[1] in campaigns[channel])
            found.append((channel, outcome, model, credit, sum_of_them, sum_of_them - half, sum_of_them + half))
    return found


def _counted(verdicts: list[tuple]) -> str:
    counts = defaultdict(int)
    for _, verdict in verdicts:
        counts[verdict.verdict] += 1
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
