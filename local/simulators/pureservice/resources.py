"""Every resource that the simulator knows, with the names of its properties as the real API spells them."""

from collections.abc import Mapping
from functools import cache

from local.simulators.pureservice.resources_tickets import ticket_resources
from local.simulators.pureservice.schema import Resource, ToMany, resource

SIDES = ("Ticket", "Change", "Asset", "User", "Company")
"""What a relationship can have at either end."""

ENUMS: Mapping[str, Mapping[str, int]] = {"assetregistrationstatus": {"inactive": 0, "active": 1}}
"""Enumerations that filters may name; the numbers are placeholders."""

Schema = Mapping[str, Resource]
"""The resources by their names in the singular."""


def _lookups() -> list[Resource]:
    usual = {"disabled": False}
    chosen = {"default": False, "index": 0, "disabled": False}
    return [
        resource(
            "status",
            "statuses",
            texts="name userDisplayName",
            values={**chosen, "isGlobal": True, "coreStatus": 10},
            to_one={"requestType": "requesttype"},
        ),
        resource("requesttype", texts="key name", values=usual),
        resource(
            "department",
            texts="name",
            values={**usual, "type": 1, "ticketCategoryRequiredType": 0, "changeCategoryRequiredType": 0},
        ),
        resource("team", texts="name", values=usual),
        resource(
            "source",
            texts="name",
            values={**chosen, "defaultSelfservice": False, "defaultSelfserviceLocation": False},
            to_one={"requestType": "requesttype"},
        ),
        resource(
            "priority",
            "priorities",
            texts="name color",
            values={**chosen, "isGlobal": True},
            to_one={"requestType": "requesttype"},
        ),
        resource("tickettype", texts="name", values={**chosen, "isGlobal": True}),
        resource("category", "categories", texts="name", values={**usual, "level": 1}),
        resource("template", texts="name", values=usual),
        resource("listdefinition", texts="name", values=usual),
        resource(
            "language",
            texts="name languageCode",
            values={"isSystemLanguage": False},
            to_one={"isCopyOfLanguage": "language"},
        ),
        resource("credential", texts="username", values=usual),
    ]


def _assets() -> list[Resource]:
    usual = {"disabled": False}
    return [
        resource(
            "assettype",
            texts="name uniqueClassName",
            values=usual,
            to_many=(
                ToMany("fields", "assettypefield", "assetTypeId"),
                ToMany("statuses", "assetstatus", "assetTypeId"),
            ),
        ),
        resource(
            "assettypefield",
            texts="name propertyName type",
            to_one={"assetType": "assettype"},
            to_many=(ToMany("items", "assettypeitem", "fieldId"),),
            routable=False,
        ),
        resource("assettypeitem", texts="name", to_one={"field": "assettypefield"}, routable=False),
        resource(
            "assetstatus",
            "assetstatuses",
            texts="name",
            values={"coreStatus": 10, **usual},
            to_one={"assetType": "assettype"},
            routable=False,
        ),
        resource(
            "asset",
            texts="name uniqueId",
            values={"isMarkedForDeletion": False},
            numbers="importedById importJobId restrictedDepartmentId restrictedTeamId restrictedUserId",
            moments="imported",
            to_one={"type": "assettype", "status": "assetstatus"},
            to_many=(ToMany("relationships", "relationship", "fromAssetId", shown=False),),
            extra_prefix="assets_UDF_",
        ),
        resource("assetregistration", values={"status": 1}, to_one={"asset": "asset", "user": "user"}),
    ]


def _relations() -> list[Resource]:
    usual = {"disabled": False}
    ends = {f"{side}{kind}": kind.lower() for side in ("from", "to") for kind in SIDES if kind != "Change"}
    return [
        resource("relationshiptypegroup", texts="name", values=usual, routable=False),
        resource(
            "relationshiptype",
            texts="name reverseName",
            values={**usual, "from": 0, "to": 0},
            numbers="fromTicketTypeId toTicketTypeId fromChangeTypeId toChangeTypeId",
            to_one={
                "fromAssetType": "assettype",
                "toAssetType": "assettype",
                "relationshipTypeGroup": "relationshiptypegroup",
            },
        ),
        resource(
            "relationship",
            texts="main inverseMain",
            values={"solvingRelationship": False},
            numbers="fromChangeId toChangeId importJobId",
            to_one={"type": "relationshiptype", **ends},
        ),
    ]


def _people() -> list[Resource]:
    return [
        resource(
            "user",
            texts="firstName lastName middleName fullName title location department notes managerFullName"
            " importUniqueKey",
            values={
                "isAnonymized": False,
                "isSuperuser": False,
                "role": 10,
                "notificationScheme": 1,
                "type": 0,
                "highlightNotifications": True,
                "flushNotifications": True,
                "unavailable": False,
                "disabled": False,
            },
            numbers="mfaCredentialsId pictureId unavailableChangedById",
            moments="unavailableChangedByDate",
            to_one={
                "manager": "user",
                "company": "company",
                "companyDepartment": "companydepartment",
                "companyLocation": "companylocation",
                "address": "physicaladdress",
                "emailAddress": "emailaddress",
                "phonenumber": "phonenumber",
                "credentials": "credential",
                "language": "language",
            },
            to_many=(
                ToMany("emailAddresses", "emailaddress", "userId"),
                ToMany("phonenumbers", "phonenumber", "userId"),
            ),
            custom_fields=True,
            read_only="fullName managerFullName",
        ),
    ]


def _addresses() -> list[Resource]:
    return [
        resource("emailaddress", "emailaddresses", texts="email", to_one={"user": "user"}),
        resource("phonenumber", texts="number normalizedNumber", values={"type": 1}, to_one={"user": "user"}),
        resource("physicaladdress", "physicaladdresses", texts="streetAddress postalCode city country"),
        resource("companyemailaddress", "companyemailaddresses", texts="email", to_one={"company": "company"}),
    ]


def _companies() -> list[Resource]:
    return [
        resource(
            "company",
            "companies",
            texts="name organizationNumber companyNumber website supportWebsite notes",
            values={"disabled": False, "usersCount": 0},
            to_one={"emailAddress": "companyemailaddress", "phonenumber": "phonenumber"},
            to_many=(
                ToMany("departments", "companydepartment", "companyId"),
                ToMany("locations", "companylocation", "companyId"),
                ToMany("emailAddresses", "companyemailaddress", "companyId", shown=False),
                ToMany("users", "user", "companyId", shown=False),
            ),
            custom_fields=True,
            read_only="usersCount",
        ),
        resource("companydepartment", texts="name", values={"disabled": False}, to_one={"company": "company"}),
        resource("companylocation", texts="name", values={"disabled": False}, to_one={"company": "company"}),
    ]


@cache
def schema(*, legacy_request_id: bool = False) -> Schema:
    """Every resource; ``legacy_request_id`` gives the emails of before December 2024."""
    known = [
        *_lookups(),
        *_assets(),
        *_relations(),
        *_people(),
        *_addresses(),
        *_companies(),
        *ticket_resources(legacy_request_id=legacy_request_id),
    ]
    return {one.name: one for one in known}
