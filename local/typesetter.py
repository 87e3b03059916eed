"""The real typesetter with a memory: the same page of the same letter is set once in a process, however many ask."""

from dispatch.typesetting import Job, PdfFile, set_letter

MOST = 2_000  # kept; beyond that all are set anew
_made: dict[tuple[object, ...], PdfFile] = {}


def set_once(job: Job, *, seconds: float) -> PdfFile:
    """As ``set_letter``. Only whole jobs are the same ones, and what could not be set is tried again."""
    words, facts = tuple(sorted(job.words.items())), tuple(job.facts)
    key = (job.letter, job.title, job.author, job.created, job.language, job.footer, facts, words)
    made = _made.get(key)
    if made is None:
        if len(_made) >= MOST:
            _made.clear()
        made = _made[key] = set_letter(job, seconds=seconds)
    return made
