// Where telemetry goes: a Log Analytics workspace, new or given, and Application Insights on top of it.
targetScope = 'resourceGroup'

@description('Name of the Application Insights component.')
param name string

@description('Name of the workspace that is made where none is given.')
param workspaceName string

@description('Resource id of an existing Log Analytics workspace; empty makes a new one.')
param existingWorkspaceId string

@description('Region.')
param location string

@description('Tags of the resources.')
param tags object

@description('Days that logs are kept in a new workspace.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Gigabytes a day that a new workspace takes before it stops; -1 for no limit.')
param dailyQuotaGb int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = if (empty(existingWorkspaceId)) {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: { disableLocalAuth: true }
  }
}

var ownWorkspaceId = resourceId('Microsoft.OperationalInsights/workspaces', workspaceName)
var workspaceId = empty(existingWorkspaceId) ? ownWorkspaceId : existingWorkspaceId

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
  dependsOn: [workspace]
}

@description('Resource id of the workspace that holds the logs.')
output workspaceId string = workspaceId

@description('Resource id of the Application Insights component.')
output componentId string = component.id

@description('Name of the Application Insights component.')
output componentName string = component.name

@description('Connection string: where telemetry is sent. It is no secret, since ingestion asks for an Entra token.')
output connectionString string = component.properties.ConnectionString
