"""What we may do with the mailbox, without sending anything. For the doctor; no verb asks this."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx

from dispatch.adapters.graph_mail import responses
from dispatch.adapters.graph_mail.marker import MARKER
from dispatch.adapters.graph_mail.tokens import Tokens
from dispatch.ports import Check, Places, Words

TEXT = {"contentType": "text", "content": "Written by the doctor, and removed again."}
NO_RECIPIENTS = "invalidrecipients"


def of_mailbox(check: Check, number: int, mailbox: str) -> Check:
    """The check as one of several mailboxes', which it names."""
    nb, en = check.nb, check.en
    return replace(
        check,
        name=f"{check.name}_{number}",
        nb=Words(f"{nb.name} ({mailbox})", nb.remedy.replace("MAIL_FROM_ADDRESS er", "adressen i MAIL_SENDERS er")),
        en=Words(f"{en.name} ({mailbox})", en.remedy.replace("MAIL_FROM_ADDRESS is", "the address in MAIL_SENDERS is")),
    )


class Inspection:
    """Asks for each right alone. Every method raises the ``MailError`` that a sending would have met."""

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, sender: str, tokens: Tokens | None) -> None:
        self._http, self._tokens = http, tokens
        self._mailbox = f"{base_url}/users/{quote(sender, safe='')}"

    def checks(self, *, looks: bool, drafts: bool) -> list[Check]:
        """Those that the way of settling doubts needs."""
        return [self._signs_in(), self._sends(), *([self._looks(drafts=drafts)] if looks else [])]

    def _signs_in(self) -> Check:
        return Check(
            name="graph_token",
            ask=self.token,
            places=Places("AZURE_AUTHORITY_HOST"),
            nb=Words(
                "Graph: innlogging",
                "Kontroller identiteten, eller MICROSOFT_GRAPH_CLIENT_ID, _SECRET og _TENANT_ID.",
            ),
            en=Words("Graph: sign-in", "Check the identity, or MICROSOFT_GRAPH_CLIENT_ID, _SECRET and _TENANT_ID."),
        )

    def _sends(self) -> Check:
        return Check(
            name="graph_send",
            ask=self.may_send,
            places=Places("GRAPH_BASE_URL"),
            nb=Words(
                "Graph: rett til å sende fra postboksen",
                "Følg docs/mail-permission.md. En ny tillatelse kan trenge to timer. Kontroller at MAIL_FROM_ADDRESS er en postboks.",
            ),
            en=Words(
                "Graph: right to send from the mailbox",
                "Follow docs/mail-permission.md. A new permission may need two hours. Check that MAIL_FROM_ADDRESS is a mailbox.",
            ),
            needs="graph_token",
        )

    def _looks(self, *, drafts: bool) -> Check:
        return Check(
            name="graph_reconcile",
            places=Places("GRAPH_BASE_URL"),
            ask=self.may_look_and_draft if drafts else self.may_look,
            nb=Words(
                "Graph: rett til å se etter tvilsomme sendinger",
                "Gi tillatelsen som MAIL_RECONCILE trenger (docs/mail-permission.md), eller velg en annen MAIL_RECONCILE.",
            ),
            en=Words(
                "Graph: right to look after sendings in doubt",
                "Give the permission that MAIL_RECONCILE needs (docs/mail-permission.md), or choose another MAIL_RECONCILE.",
            ),
            needs="graph_token",
        )

    async def token(self) -> None:
        """Signs in."""
        if self._tokens is not None:
            await self._tokens.get_token()

    async def may_send(self) -> None:
        """Asks to send a message without recipients, which nothing can come of but a refusal that says why.

        Access is decided before the message is read: who may not send is told so, and who may is told what is missing.
        """
        message = {"subject": "doctor", "body": TEXT, "toRecipients": []}
        body = {"message": message, "saveToSentItems": False}
        answer = responses.read(await self._ask("POST", "/sendMail", json=body))
        if answer.status == responses.ACCEPTED or answer.code.lower().endswith(NO_RECIPIENTS):
            return
        raise responses.error_of(answer)

    async def may_look(self) -> None:
        """Looks a message up by our marker, as is done where a sending is in doubt."""
        nothing = f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARKER}' and ep/value eq 'doctor')"
        path = f"/messages?$filter={quote(nothing, safe='')}&$select=id&$top=1"
        response = await self._ask("GET", path)
        if not response.is_success:
            raise responses.error_of(responses.read(response))

    async def may_look_and_draft(self) -> None:
        """Looks, writes a draft and removes it."""
        await self.may_look()
        response = await self._ask("POST", "/messages", json={"subject": "doctor", "body": TEXT})
        if response.status_code != responses.CREATED:
            raise responses.error_of(responses.read(response))
        draft = quote(str(responses.json_of(response).get("id", "")), safe="")
        removed = await self._ask("DELETE", f"/messages/{draft}")
        if not removed.is_success:
            raise responses.error_of(responses.read(removed))

    async def _ask(self, method: str, path: str, json: Any = None) -> httpx.Response:
        headers = {"accept": "application/json"}
        if self._tokens is not None:
            headers["authorization"] = f"Bearer {(await self._tokens.get_token()).token}"
        try:
            return await self._http.request(method, f"{self._mailbox}{path}", json=json, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise responses.error_of_exception(error) from error
