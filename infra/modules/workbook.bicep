// The page that tells at a glance how dispatches go. Its queries lie in ../queries, where the tests read them.
targetScope = 'resourceGroup'

@description('Title of the workbook.')
param title string

@description('Region.')
param location string

@description('Tags of the resource.')
param tags object

@description('Resource id of the workspace that holds the logs.')
param workspaceId string

@description('Name of the function app whose telemetry is shown.')
param appName string

@description('Address of the runbook.')
param runbookUrl string

var charts = [
  {
    name: 'in-flight'
    title: 'Dispatches in flight'
    show: 'table'
    query: loadTextContent('../queries/in_flight.kql')
  }
  { name: 'outcomes', title: 'Outcomes a day', show: 'barchart', query: loadTextContent('../queries/outcomes.kql') }
  {
    name: 'transports'
    title: 'Share of each transport'
    show: 'barchart'
    query: loadTextContent('../queries/failover.kql')
  }
  {
    name: 'throttling'
    title: 'Seconds that the mailbox was told to rest'
    show: 'timechart'
    query: loadTextContent('../queries/throttling.kql')
  }
  {
    name: 'latency'
    title: 'Latency: batches and queue, in seconds'
    show: 'timechart'
    query: loadTextContent('../queries/latency.kql')
  }
  {
    name: 'dispatches'
    title: 'Finished dispatches and their duration'
    show: 'table'
    query: loadTextContent('../queries/finished.kql')
  }
  {
    name: 'eformidling'
    title: 'eFormidling: receipts, and who got e-mail instead'
    show: 'table'
    query: loadTextContent('../queries/eformidling.kql')
  }
  {
    name: 'cases'
    title: 'One ticket per recipient: made and refused'
    show: 'table'
    query: loadTextContent('../queries/cases.kql')
  }
  {
    name: 'problems'
    title: 'Warnings and errors, each with what to do'
    show: 'table'
    query: loadTextContent('../queries/problems.kql')
  }
  { name: 'exceptions', title: 'Exceptions', show: 'table', query: loadTextContent('../queries/exceptions.kql') }
]
var head = {
  type: 1
  name: 'head'
  content: { json: '# ${title}\n\nWhat each line means and what to do: [runbook](${runbookUrl}).' }
}
var period = {
  type: 9
  name: 'period'
  content: {
    version: 'KqlParameterItem/1.0'
    parameters: [
      {
        id: guid(appName, 'period')
        version: 'KqlParameterItem/1.0'
        name: 'Period'
        label: 'Period'
        type: 4
        isRequired: true
        value: { durationMs: 604800000 }
        typeSettings: {
          selectableValues: [
            { durationMs: 3600000 }
            { durationMs: 86400000 }
            { durationMs: 604800000 }
            { durationMs: 2592000000 }
          ]
          allowCustom: true
        }
      }
    ]
    style: 'pills'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
  }
}
var parts = map(charts, chart => {
  type: 3
  name: chart.name
  content: {
    version: 'KqlItem/1.0'
    title: chart.title
    query: replace(replace(chart.query, '{app}', appName), '{runbook}', runbookUrl)
    size: 0
    timeContextFromParameter: 'Period'
    queryType: 0
    resourceType: 'microsoft.operationalinsights/workspaces'
    crossComponentResources: [workspaceId]
    visualization: chart.show
    gridSettings: {
      filter: true
      formatters: [
        {
          columnMatch: 'Runbook'
          formatter: 7
          formatOptions: { linkTarget: 'Url', linkLabel: 'What to do' }
        }
        {
          columnMatch: 'Operation'
          formatter: 7
          formatOptions: { linkTarget: 'CellDetails' }
        }
        {
          columnMatch: 'Percent'
          formatter: 4
          formatOptions: { min: 0, max: 100, palette: 'blue' }
        }
      ]
    }
  }
})

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, appName, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: title
    category: 'workbook'
    version: '1.0'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: concat([head, period], parts)
      fallbackResourceIds: [workspaceId]
    })
  }
}

@description('Resource id of the workbook.')
output id string = workbook.id
