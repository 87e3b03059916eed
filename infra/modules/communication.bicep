// Communication Services as a transport of mail: the service, its e-mail service, the domain and who sends from it.
targetScope = 'resourceGroup'

@description('Name of the service.')
param name string

@description('Tags of the resources.')
param tags object

@description('Domain that letters are from: one of your own, or AzureManagedDomain for a trial.')
param domainName string

@description('Whether the domain is verified, and may be linked.')
param isVerified bool

@description('What stands before the domain in the sender of letters; on a domain of Azure it is DoNotReply.')
param senderName string

@description('Name shown with the sender, on a domain of your own.')
param senderDisplayName string

@description('Where mail and logs of the service are stored at rest.')
param dataLocation string

var isAzureManaged = domainName == 'AzureManagedDomain'

resource mail 'Microsoft.Communication/emailServices@2025-09-01' = {
  name: 'mail-${name}'
  location: 'global'
  tags: tags
  properties: { dataLocation: dataLocation }
}

resource domain 'Microsoft.Communication/emailServices/domains@2025-09-01' = {
  parent: mail
  name: domainName
  location: 'global'
  tags: tags
  properties: {
    domainManagement: isAzureManaged ? 'AzureManaged' : 'CustomerManaged'
    // It would rewrite links and put a picture into letters of a public body.
    userEngagementTracking: 'Disabled'
  }
}

// A domain of Azure has one sender, which can't be changed.
resource sender 'Microsoft.Communication/emailServices/domains/senderUsernames@2025-09-01' = if (!isAzureManaged) {
  parent: domain
  name: senderName
  properties: {
    username: senderName
    displayName: senderDisplayName
  }
}

resource service 'Microsoft.Communication/communicationServices@2025-09-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    // A domain that is not verified can't be linked: the deployment would fail.
    linkedDomains: isVerified ? [domain.id] : []
    disableLocalAuth: true
  }
}

var azuresOwn = 'DoNotReply@${domain.properties.fromSenderDomain}'

@description('Resource id of the service.')
output id string = service.id

@description('Where the application sends letters.')
output endpoint string = 'https://${service.properties.hostName}'

@description('Whom letters are from.')
output sender string = isAzureManaged ? azuresOwn : '${senderName}@${domainName}'
