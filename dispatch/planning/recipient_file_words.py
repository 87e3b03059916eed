"""What a case worker is told of a recipients' file: what to fix, and where."""

from collections.abc import Mapping, Sequence

from dispatch.core import for_every, national_numbers, text
from dispatch.planning.recipient_faults import Spoken
from dispatch.ports import FileFault, FileProblem, Sheet, column_letters

MOST = 20  # faults that are named; how many more there are is said
_SHOWN_HEADINGS = 8
_SAVE_AGAIN = "Åpne den i Excel eller LibreOffice, og lagre den på nytt som .xlsx, .ods eller .csv"
_FILES: Mapping[FileFault, str] = for_every(
    FileFault,
    {
        FileFault.EMPTY: "Filen er tom",
        FileFault.WRONG_KIND: f"Filen er ikke et regneark. {_SAVE_AGAIN}",
        FileFault.OLD_EXCEL: f"Filen er i et eldre format fra Excel. {_SAVE_AGAIN}",
        FileFault.PDF: "Filen er en PDF. Legg ved selve regnearket, som .xlsx, .ods eller .csv",
        FileFault.HTML: f"Filen er en nettside, selv om den heter noe annet. {_SAVE_AGAIN}",
        FileFault.MACROS: "Filen har makroer. Lagre den uten, som vanlig .xlsx eller .ods",
        FileFault.PASSWORD: "Filen er beskyttet med passord. Fjern passordet, og lagre den på nytt",
        FileFault.BROKEN: f"Filen er ødelagt eller ufullstendig. {_SAVE_AGAIN}",
        FileFault.ENTITIES: f"Filen har innhold som regneark ikke skal ha. {_SAVE_AGAIN}",
        FileFault.ENCODING: "Filen er ikke lagret som tekst som kan leses. Lagre den som .xlsx eller CSV UTF-8",
        FileFault.OPEN_QUOTE: "Et anførselstegn er ikke avsluttet, så resten av filen står i én celle. Rett det",
        FileFault.TOO_LARGE: "Filen er større enn {most} MB. Del den, eller fjern bilder og annet som ikke trengs",
        FileFault.TOO_LARGE_UNPACKED: "Filen er større enn {most} MB når den pakkes ut. Del den, eller fjern det som "
        "ikke trengs",
        FileFault.TOO_MANY_PARTS: f"Filen består av flere enn {{most}} deler. {_SAVE_AGAIN}",
        FileFault.TOO_MANY_ROWS: "Det står noe nedenfor rad {most}, og det er så langt filen leses. Del filen, eller "
        "slett det som ikke trengs",
        FileFault.TOO_MANY_COLUMNS: "Det står noe til høyre for kolonne {most_letters}, og så langt leses ikke filen. "
        "Slett det som ikke trengs",
        FileFault.TOO_MANY_CELLS: "Filen har flere enn {most} celler med innhold. Del den",
        FileFault.CELL_TOO_LONG: "En celle har mer enn {most} tegn. Kort den ned",
        FileFault.TOO_MUCH_TEXT: "Cellene har til sammen mer enn {most} tegn, også når mange har den samme teksten. "
        "Del filen, eller fjern det som ikke trengs",
        FileFault.TOO_HEAVY: "Filen er for stor eller for innviklet til å leses. Lag en ny fil med bare listen",
    },
)
_MEGABYTES = frozenset({FileFault.TOO_LARGE, FileFault.TOO_LARGE_UNPACKED})


def file_problem_text(problem: FileProblem) -> str:
    """Why the file can't be read, and what to do."""
    most = problem.most // 1_000_000 if problem.fault in _MEGABYTES else problem.most
    words = _FILES[problem.fault].format(most=f"{most:,}".replace(",", " "), most_letters=column_letters(problem.most))
    return _placed(words, sheet=problem.sheet, row=problem.row, column=problem.column)


def first_of(faults: Sequence[Spoken], *, sheet: str) -> tuple[str, ...]:
    """The first faults with their places, and how many more there are."""
    told = [_placed(one.words, sheet=sheet, row=one.row, column=one.column, title=one.title) for one in faults[:MOST]]
    more = len(faults) - MOST
    if more > 0:
        told.append(f"Det er {more} feil til i filen." if more > 1 else "Det er én feil til i filen.")
    return tuple(told)


def first_few(sentences: Sequence[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(sentences) - MOST
    return [*sentences[:MOST], *([f"Det er {more} slike feil til."] if more > 0 else [])]


def ask_for_headings(sheets: Sequence[Sheet]) -> str:
    """No row says which column holds whom."""
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        return "Det står ingenting i arkene som vises."
    first = filled[0].rows[0]
    told = [cell for cell in first.cells if cell.strip() and not national_numbers(cell)]
    seen = [text.line(cell, most=text.Limit.NUMBER) for cell in told[:_SHOWN_HEADINGS]]
    place = f"{first.number} i arket «{filled[0].name}»" if len(sheets) > 1 else str(first.number)
    if any("@" in cell for cell in seen):
        return (
            f"I rad {place} står en adresse. Sett inn en rad med overskrifter over: «E-post» eller "
            "«Organisasjonsnummer»."
        )
    found = ", ".join(f"«{cell}»" for cell in seen)
    said = [f"I rad {place} står {found}."] if found else []
    return " ".join(["Ingen kolonne heter «E-post» eller «Organisasjonsnummer».", *said])


def choose_a_sheet(names: Sequence[str]) -> str:
    """Several sheets could be meant."""
    listed = text.joined([f"«{name}»" for name in names], most=text.Limit.SHORT, between=", ")
    return f"Flere ark har mottakere: {listed}. Slett eller skjul dem som ikke skal brukes."


def _placed(words: str, *, sheet: str, row: int, column: int, title: str = "") -> str:
    """The sentence with where it is true."""
    letters = f"kolonne {column_letters(column)}" if column else ""
    named = f"{letters} («{text.line(title, most=text.Limit.NUMBER)}»)" if letters and title else letters
    where = f"arket «{text.line(sheet, most=text.Limit.NUMBER)}»" if sheet else ""
    place = ", ".join(filter(None, (where, f"rad {row}" if row else "", named)))
    sentence = f"{place[0].upper()}{place[1:]}: {words}" if place else words
    return sentence if sentence.endswith(".") else f"{sentence}."
