"""What stands as a ticket's solution and is not of this dispatch: somebody wrote it, and it stays below the report."""

from dispatch.core import DispatchKey

OURS, FOOT, END = '<div lang="nb"', "Referanse: ", "</div>"  # how each fragment of ours begins, and ends


def kept(solution: str, key: DispatchKey) -> str:
    """The solution without what this dispatch has written there before. Pure."""
    before, *parts = solution.split(OURS)
    found, pending = [before], ""
    for part in parts:
        pending += OURS + part
        foot = part.find(FOOT)
        if foot < 0:
            continue  # one without a foot belongs to the next
        end = part.find(END, foot)
        own = part.startswith((f"{key}/", f"{key}."), foot + len(FOOT))
        found.append(part[end + len(END) :] if own and end >= 0 else pending)
        pending = ""
    return "".join((*found, pending)).strip()
