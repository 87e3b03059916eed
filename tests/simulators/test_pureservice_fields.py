"""Every row has the properties, by name and type, that other clients of the real one read and write."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.simulators.pureservice.resources import schema

COMMON = "id:int created:date modified:date createdById:int modifiedById:int"
# As typed clients and other programs spell them; ``any``: a string, a number or a date.
FIELDS: Mapping[str, str] = {
    "status": "name:str userDisplayName:str index:int default:bool disabled:bool isGlobal:bool coreStatus:int"
    " requestTypeId:int",
    "requesttype": "key:str disabled:bool",
    "department": "name:str disabled:bool type:int ticketCategoryRequiredType:int changeCategoryRequiredType:int",
    "team": "name:str disabled:bool",
    "source": "name:str default:bool defaultSelfservice:bool defaultSelfserviceLocation:bool index:int disabled:bool"
    " requestTypeId:int",
    "priority": "name:str color:str default:bool index:int disabled:bool isGlobal:bool requestTypeId:int",
    "tickettype": "name:str default:bool disabled:bool index:int isGlobal:bool",
    "category": "name:str level:int disabled:bool",
    "assettype": "name:str uniqueClassName:str disabled:bool",
    "assettypefield": "name:str propertyName:str type:str",
    "assetstatus": "name:str coreStatus:int disabled:bool assetTypeId:int",
    "asset": "name:str uniqueId:str typeId:int statusId:int isMarkedForDeletion:bool imported:date importedById:int"
    " importJobId:int restrictedDepartmentId:int restrictedTeamId:int restrictedUserId:int",
    "relationshiptype": "name:str reverseName:str disabled:bool from:int to:int fromAssetTypeId:int toAssetTypeId:int"
    " fromTicketTypeId:int toTicketTypeId:int fromChangeTypeId:int toChangeTypeId:int relationshipTypeGroupId:int",
    "relationship": "typeId:int main:str inverseMain:str solvingRelationship:bool fromTicketId:int toTicketId:int"
    " fromChangeId:int toChangeId:int fromAssetId:int toAssetId:int fromUserId:int toUserId:int fromCompanyId:int"
    " toCompanyId:int",
    "user": "firstName:str lastName:str middleName:str fullName:str title:str location:str department:str notes:str"
    " isAnonymized:bool isSuperuser:bool managerId:int managerFullName:str companyId:int companyDepartmentId:int"
    " companyLocationId:int addressId:int emailAddressId:int phonenumberId:int credentialsId:int mfaCredentialsId:int"
    " languageId:int pictureId:int role:int notificationScheme:int type:int highlightNotifications:bool"
    " flushNotifications:bool unavailable:bool unavailableChangedById:int unavailableChangedByDate:date disabled:bool"
    " importUniqueKey:str cf_1:any cf_9:any",
    "emailaddress": "email:str userId:int",
    "phonenumber": "number:str normalizedNumber:str type:int userId:int",
    "company": "name:str organizationNumber:str companyNumber:str website:str supportWebsite:str notes:str"
    " emailAddressId:int phonenumberId:int disabled:bool usersCount:int cf_1:any cf_9:any",
    "companyemailaddress": "email:str companyId:int",
    "language": "name:str languageCode:str isSystemLanguage:bool isCopyOfLanguageId:int",
    "credential": "username:str",
    "ticket": "requestNumber:int subject:str description:str solution:str emailAddress:str customerReference:str"
    " coordinates:str origin:int visibility:int requestTypeId:int ticketTypeId:int priorityId:int statusId:int"
    " sourceId:int channelId:int userId:int assignedAgentId:int assignedTeamId:int assignedDepartmentId:int"
    " category1Id:int category2Id:int category3Id:int resolvedById:int isMarkedForDeletion:bool reopenedCount:int"
    " reopenChildren:bool totalTimelogMinutes:int responded:date resolved:date closed:date reopened:date"
    " userWaitedSince:date userReminded:date pendingUserSince:date cf_1:any cf_9:any",
    "communication": "ticketId:int changeId:int type:int typeName:str direction:int visibility:int subject:str text:str"
    " senderId:int messageId:int status:int statusMessage:str isBoundary:bool isPinned:bool parentCommunicationId:int"
    " relatedRequestNumbers:str customTypeId:int",
    "email": "ticketId:int assetId:int from:str fromName:str to:str cc:str bcc:str messageId:str subject:str html:str"
    " text:str inReplyTo:str references:str emailDataId:int attachmentStrategy:int direction:int channelId:int"
    " status:int statusDate:date statusMessage:str statusDetails:str isInitial:bool isSystem:bool isBoundary:bool",
    "attachment": "name:str fileName:str contentType:str contentLength:int size:str isVisible:bool"
    " isPartOfCurrentSolution:bool ticketId:int",
}


@pytest.mark.parametrize("resource", FIELDS)
def test_the_row_has_every_property_with_its_type(resource: str) -> None:
    fields = schema()[resource].fields
    wanted = dict(one.split(":") for one in f"{COMMON} {FIELDS[resource]}".split())
    found = {name: _kind(fields.get(name.lower()), name) for name in wanted}

    assert found == wanted


def _kind(field: Any, name: str) -> str:
    if field is None:
        return "missing"
    return str(field.kind) if field.name == name else f"spelled {field.name}"
