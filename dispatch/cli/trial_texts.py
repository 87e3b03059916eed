"""What the command ``trial`` says, and the preview of what differs, in Norwegian and English."""

TRIAL: dict[str, tuple[str, str]] = {  # nb, en
    "trial": (
        "Sender en prøve: meldingen akkurat slik én mottaker vil få den, med «Prøve» foran emnet, til en egen adresse."
        "\n\n\b\nEksempler:\n  python -m dispatch trial 10234 --to kari@etat.no"
        "\n  python -m dispatch trial 10234 --to kari@etat.no --as ola@eksempel.no",
        "Sends a trial: the letter exactly as one recipient would get it, with 'Prøve' before the subject, to an "
        "address of our own.\n\n\b\nExamples:\n  python -m dispatch trial 10234 --to kari@etat.no"
        "\n  python -m dispatch trial 10234 --to kari@etat.no --as ola@eksempel.no",
    ),
    "option_to": (
        "Hvem prøven sendes til, i et av domenene i DISPATCH_TRIAL_DOMAINS",
        "Whom the trial is sent to, in one of the domains of DISPATCH_TRIAL_DOMAINS",
    ),
    "option_as": (
        "Hvem sin melding: adresse, organisasjonsnummer eller en del av navnet; ellers den første",
        "Whose letter: an address, an organisation number or a part of a name; else the first one's",
    ),
    "differs": ("Dette er ulikt fra mottaker til mottaker", "What differs from recipient to recipient"),
    "without_files": ("Får meldingen uten eget vedlegg", "Get the message without a file of their own"),
    "own_files": ("Egne vedlegg", "Own files"),
    "trial_sent": (
        "Prøven er sendt til {to}. Det er meldingen slik {whose} vil få den.",
        "The trial is sent to {to}. It is the letter as {whose} would get it.",
    ),
}
