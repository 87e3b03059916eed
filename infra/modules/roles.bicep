// What the application's identity may do, and what the operator may do with the data; nothing else has a role here.
targetScope = 'resourceGroup'

@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

@description('Name of the Application Insights component.')
param componentName string

@description('Name of the communication service; empty for none.')
param communicationName string

@description('Object id of the identity of the application.')
param principalId string

@description('Object id of a person, group or pipeline that looks into storage and sets secrets; empty for none.')
param operatorPrincipalId string

@description('What kind of principal the operator is.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param operatorPrincipalType string

// Storage Blob Data Owner: the host's locks, keys and timers, the package, and our own containers.
var blobOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
// Storage Queue Data Contributor: triggers, poison queues and our own messages.
var queueContributor = '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
// Storage Table Data Contributor: the ledger.
var tableContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
// Monitoring Metrics Publisher: telemetry with an Entra token.
var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
// Key Vault Secrets User: reads secrets.
var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
// Key Vault Secrets Officer: sets secrets.
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'
// Storage Blob Data Contributor: templates in, reports out.
var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
// Storage Table Data Reader: the ledger, for looking.
var tableReader = '76199698-9eea-4c19-bc75-cec21354c6b6'
// Storage Queue Data Reader: the queues, for looking.
var queueReader = '19e7f393-937e-4f77-808e-94535e297925'
// Communication and Email Service Owner: sends letters and asks for them; there is no built-in role for that alone.
var communicationOwner = '09976791-48a7-449e-bb21-39d1a415f350'

var hasCommunication = !empty(communicationName)
var applicationRoles = [blobOwner, queueContributor, tableContributor]
var operatorRoles = empty(operatorPrincipalId) ? [] : [tableReader, queueReader]
// Never the container of the application's code: whoever may write there decides what runs with the application's rights.
var operatorContainers = empty(operatorPrincipalId) ? [] : ['dispatch-content', 'templates']

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource communication 'Microsoft.Communication/communicationServices@2025-09-01' existing = {
  name: hasCommunication ? communicationName : 'none'
}

resource applicationOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in applicationRoles: {
    name: guid(storage.id, principalId, role)
    scope: storage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource applicationOnTelemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(component.id, principalId, metricsPublisher)
  scope: component
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource applicationOnCommunication 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasCommunication) {
  name: guid(communication.id, principalId, communicationOwner)
  scope: communication
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', communicationOwner)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource applicationOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, secretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource operatorOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in operatorRoles: {
    name: guid(storage.id, operatorPrincipalId, role)
    scope: storage
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
      principalId: operatorPrincipalId
      principalType: operatorPrincipalType
    }
  }
]

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: storage
  name: 'default'
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [
  for container in operatorContainers: {
    parent: blobs
    name: container
  }
]

resource operatorOnContent 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (container, index) in operatorContainers: {
    name: guid(storage.id, container, operatorPrincipalId, blobContributor)
    scope: containers[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
      principalId: operatorPrincipalId
      principalType: operatorPrincipalType
    }
  }
]

resource operatorOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorPrincipalId)) {
  name: guid(vault.id, operatorPrincipalId, secretsOfficer)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
    principalId: operatorPrincipalId
    principalType: operatorPrincipalType
  }
}
