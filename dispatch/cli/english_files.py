"""What is wrong with a recipients' file and where, in English."""

from collections.abc import Mapping
from itertools import product
from types import MappingProxyType


def _places() -> dict[str, str]:
    """Where in the file, as it stands before what is wrong."""
    columns = (("", ""), ("kolonne {}", "column {}"), ("kolonne {} («{}»)", "column {} («{}»)"))
    rows = (("", ""), ("rad {}", "row {}"))
    sheets = (("", ""), ("arket «{}»", "sheet «{}»"))
    found: dict[str, str] = {}
    for parts in product(sheets, rows, columns):
        said, other = (", ".join(filter(None, words)) for words in zip(*parts, strict=True))
        if said:
            found[f"{said[0].upper()}{said[1:]}:"] = f"{other[0].upper()}{other[1:]}:"
    return found


FILES: Mapping[str, str] = MappingProxyType(
    {
        **dict(sorted(_places().items(), key=lambda pair: -len(pair[0]))),
        "Åpne den i Excel eller LibreOffice, og lagre den på nytt som .xlsx, .ods eller .csv.": "Open it in Excel or LibreOffice, and save it anew as .xlsx, .ods or .csv.",
        "Filen er tom.": "The file is empty.",
        "Filen er ikke et regneark.": "The file is no spreadsheet.",
        "Filen er i et eldre format fra Excel.": "The file is in an older format of Excel.",
        "Filen er en PDF.": "The file is a PDF.",
        "Legg ved selve regnearket, som .xlsx, .ods eller .csv.": "Attach the spreadsheet itself, as .xlsx, .ods or .csv.",
        "Filen er en nettside, selv om den heter noe annet.": "The file is a web page, though its name says something else.",
        "Filen har makroer.": "The file has macros.",
        "Lagre den uten, som vanlig .xlsx eller .ods.": "Save it without them, as a common .xlsx or .ods.",
        "Filen er beskyttet med passord.": "The file is protected by a password.",
        "Fjern passordet, og lagre den på nytt.": "Remove the password, and save it anew.",
        "Filen er ødelagt eller ufullstendig.": "The file is broken or not whole.",
        "Filen har innhold som regneark ikke skal ha.": "The file holds what spreadsheets should not.",
        "Filen er ikke lagret som tekst som kan leses.": "The file is not saved as text that can be read.",
        "Lagre den som .xlsx eller CSV UTF-8.": "Save it as .xlsx or CSV UTF-8.",
        "Et anførselstegn er ikke avsluttet, så resten av filen står i én celle.": "A quotation mark is not closed, so that the rest of the file stands in one cell.",
        "Rett det.": "Fix it.",
        "Filen er større enn {} MB når den pakkes ut.": "The file is larger than {} MB when it is unpacked.",
        "Del den, eller fjern det som ikke trengs.": "Split it, or remove what is not needed.",
        "Filen består av flere enn {} deler.": "The file consists of more than {} parts.",
        "Det står noe nedenfor rad {}, og det er så langt filen leses.": "Something stands below row {}, which is as far as the file is read.",
        "Del filen, eller fjern det som ikke trengs.": "Split the file, or remove what is not needed.",
        "Del filen, eller slett det som ikke trengs.": "Split the file, or remove what is not needed.",
        "Det står noe til høyre for kolonne {}, og så langt leses ikke filen.": "Something stands to the right of column {}, and the file is not read so far.",
        "Slett det som ikke trengs.": "Remove what is not needed.",
        "Filen har flere enn {} celler med innhold.": "The file has more than {} cells that hold something.",
        "Del den.": "Split it.",
        "En celle har mer enn {} tegn.": "A cell has more than {} signs.",
        "Kort den ned.": "Make it shorter.",
        "Cellene har til sammen mer enn {} tegn, også når mange har den samme teksten.": "The cells have more than {} signs together, also where many have the same text.",
        "Filen er for stor eller for innviklet til å leses.": "The file is too large or too complicated to be read.",
        "Lag en ny fil med bare listen.": "Make a new file with the list alone.",
        "Formelen er ikke regnet ut.": "The formula has no result.",
        "Åpne filen i Excel eller LibreOffice og lagre den, eller skriv inn verdien.": "Open the file in Excel or LibreOffice and save it, or write the value.",
        "Cellen viser en feil i stedet for en verdi.": "The cell shows a fault in place of a value.",
        "Rett formelen, eller skriv inn verdien.": "Fix the formula, or write the value.",
        "Tallet har flere sifre enn regnearket kan holde på, så de siste er gått tapt.": "The number has more digits than the spreadsheet can hold, so that the last are lost.",
        "Gjør kolonnen til tekst, og skriv tallet på nytt.": "Make the column text, and write the number anew.",
        "Cellene {} er slått sammen.": "The cells {} are merged.",
        "Del dem, og fyll ut hver celle.": "Split them, and fill in each cell.",
        "Raden er skjult eller filtrert bort.": "The row is hidden or filtered away.",
        "Vis den, eller slett den.": "Show it, or remove it.",
        "Til sammen {} rader er skjult eller filtrert bort, den første her.": "{} rows in all are hidden or filtered away, the first of them here.",
        "Vis dem, eller slett dem.": "Show them, or remove them.",
        "Det står en verdi her, men kolonnen har ingen overskrift i rad {}.": "A value stands here, but the column has no heading in row {}.",
        "Kolonnen for {} er skjult.": "The column for {} is hidden.",
        "e-post": "e-mail",
        "organisasjonsnummer": "organisation number",
        "Fødselsnummer skal ikke sendes med e-post.": "National identity numbers must not be sent by e-mail.",
        "Slett kolonnen.": "Remove the column.",
        "Feltet med dette navnet er sakens nummer.": "The field of this name is the ticket's number.",
        "Gi kolonnen et annet navn.": "Give the column another name.",
        "Overskriften ser ut til å ha et fødselsnummer.": "The heading seems to hold a national identity number.",
        "Overskriften er lengre enn {} tegn.": "The heading is longer than {} signs.",
        "Kolonnen heter det samme som kolonne {}.": "The column has the same name as column {}.",
        "Kolonne {} er også for {}.": "Column {} is for {} as well.",
        "Gi den ene et annet navn.": "Give one of them another name.",
        "Ingen kolonne heter «E-post» eller «Organisasjonsnummer».": "No column is named «E-post» or «Organisasjonsnummer».",
        "I rad {} i arket «{}» står en adresse.": "Row {} of the sheet «{}» holds an address.",
        "I rad {} står en adresse.": "Row {} holds an address.",
        "Sett inn en rad med overskrifter over: «E-post» eller «Organisasjonsnummer».": "Insert a row of headings above: «E-post» or «Organisasjonsnummer».",
        "I rad {} i arket «{}» står {}.": "Row {} of the sheet «{}» holds {}.",
        "I rad {} står {}.": "Row {} holds {}.",
        "Verdien ser ut til å ha et fødselsnummer eller D-nummer, og slike skal ikke sendes med e-post.": "The value seems to hold a national identity number, and those must not be sent by e-mail.",
        "Slett det.": "Remove it.",
        "Er det et kontonummer, gi kolonnen en overskrift som sier det.": "If it is an account number, give the column a heading that says so.",
        "Det står ingen mottakere under overskriftene.": "No recipients stand below the headings.",
        "Raden har verken e-postadresse eller organisasjonsnummer.": "The row has neither an e-mail address nor an organisation number.",
        "Det står ingen adresse i feltet.": "The cell holds no address.",
        "Det mangler @, eller det som skal stå foran eller bak.": "@ lacks, or what is to stand before or behind it.",
        "Det står flere adresser i samme felt.": "Several addresses stand in one cell.",
        "Det er et linjeskift eller et usynlig tegn midt i adressen.": "A line break or an unseen sign stands in the address.",
        "Det står andre ord foran adressen, eller et mellomrom foran @.": "Other words stand before the address, or a blank before @.",
        "Det står andre ord bak adressen, eller et mellomrom bak @.": "Other words stand behind the address, or a blank behind @.",
        "Det som står foran @, er ikke gyldig.": "What stands before @ is not valid.",
        "Det står æ, ø, å eller et annet særtegn foran @.": "Æ, ø, å or another such sign stands before @.",
        "Det som står bak @, er ikke et gyldig domene.": "What stands behind @ is no valid domain.",
        "Adressen er for lang.": "The address is too long.",
        "Adressen er Pureservices egen, og kan ikke nås.": "The address is Pureservice's own, and can't be reached.",
        "Æ, ø, å eller andre tegn er ødelagt.": "Æ, ø, å or other signs are broken.",
        "Lagre filen på nytt som .xlsx eller CSV UTF-8.": "Save the file anew as .xlsx or CSV UTF-8.",
        "Dette er ikke et gyldig organisasjonsnummer.": "This is no valid organisation number.",
        "Det står flere enn {} filer i cellen.": "The cell names more than {} files.",
        "Verdien er lengre enn {} tegn.": "The value is longer than {} signs.",
        "Raden har {} som rad {}, men andre opplysninger.": "The row has {} as row {}, and says something else.",
        "den samme adressen": "the same address",
        "det samme organisasjonsnummeret": "the same organisation number",
    }
)
