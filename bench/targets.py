"""What is to be reached, in one place: the sections judge their figures by it, and the page shows it as one table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A figure by its name, what it is to be, and what that means in words."""

    name: str
    bound: str
    words: str


TARGETS = (
    Target(
        "limit.graph_200ms.ratio_whole", ">= 0.97", "Speed of a bare loop, Graph answers in 200 ms, whole run of 2,000"
    ),
    Target("limit.graph_50ms.ratio_whole", ">= 0.93", "The same at 50 ms"),
    Target("limit.graph_0ms.ratio_whole", ">= 0.45", "The same at 0 ms"),
    Target("contest.fast.ours.against_post_office", ">= 1.1", "Speed of django-post-office by SMTP, fast server"),
    Target("contest.slow.ours.against_post_office", ">= 1.1", "The same, slow server"),
    Target("contest.fast.ours.ratio", ">= 1.8", "Speed of a plain smtplib loop, fast server"),
    Target("contest.slow.ours.ratio", ">= 3.6", "The same, slow server"),
    Target("limit.graph_0ms.ours_cpu", "<= 2.2", "CPU ms a letter by Graph, from the tick to the solved ticket"),
    Target("limit.smtp_0ms.ours_cpu", "<= 1.8", "CPU ms a letter by SMTP"),
    Target("work.graph.storage", "<= 0.18", "Storage transactions a recipient by Graph"),
    Target("work.smtp.storage", "<= 0.35", "The same by SMTP, where nothing can tell (`DISPATCH_IN_DOUBT=hold`)"),
    Target("contest.kill.ours_by_graph.in_doubt", "<= 16", "In doubt right after a SIGKILL, by Graph"),
    Target("contest.kill.ours.in_doubt", "<= 4", "The same by SMTP"),
    Target("contest.kill.ours_by_graph.uncertain", "= 0", "Uncertain in the report then, by Graph, which was asked"),
    Target("contest.kill.ours.uncertain", "<= 4", "The same by SMTP"),
    Target("contest.kill.ours_by_graph.lost", "= 0", "Lost by the SIGKILL, by Graph"),
    Target("contest.kill.ours_by_graph.doubled", "= 0", "Doubled by it"),
    Target("contest.kill.ours.lost", "= 0", "Lost by the SIGKILL, by SMTP"),
    Target("contest.kill.ours.doubled", "= 0", "Doubled by it"),
)
_BOUNDS = {target.name: target.bound for target in TARGETS}


def bound_of(name: str) -> str:
    """What the figure of that name is to be; empty where nothing is asked of it."""
    return _BOUNDS.get(name, "")
