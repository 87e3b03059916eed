#requires -Version 7
<#
.SYNOPSIS
Asks the deployed application to examine itself, and ends with 1 if anything is wrong.
.PARAMETER AppName
The function app; azd gives it.
.PARAMETER ResourceGroup
Its resource group; azd gives it.
.PARAMETER Minutes
How long to wait for the application to answer: after a deployment it starts anew.
#>
param(
    [string] $AppName = $env:AZURE_FUNCTION_APP_NAME,
    [string] $ResourceGroup = $env:AZURE_RESOURCE_GROUP,
    [int] $Minutes = 5
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

if (-not $AppName -or -not $ResourceGroup) {
    throw 'Give -AppName and -ResourceGroup, or run this through azd.'
}
$hostName = az functionapp show --name $AppName --resource-group $ResourceGroup --query properties.defaultHostName --output tsv
$key = az functionapp keys list --name $AppName --resource-group $ResourceGroup --query functionKeys.default --output tsv
if ($LASTEXITCODE -ne 0) { throw "The function app $AppName can't be read." }

$until = (Get-Date).AddMinutes($Minutes)
while ($true) {
    try {
        $answer = Invoke-WebRequest -Uri "https://$hostName/api/doctor" -Headers @{ 'x-functions-key' = $key } -SkipHttpErrorCheck -TimeoutSec 200
        if ($answer.StatusCode -in 200, 503 -and $answer.Content.StartsWith('{')) { break }
        $said = "answered $($answer.StatusCode)"
    }
    catch {
        $said = 'did not answer'
    }
    if ((Get-Date) -gt $until) { throw "The application $said for $Minutes minutes. Look at its exceptions in Application Insights." }
    Start-Sleep -Seconds 15
}
$told = $answer.Content | ConvertFrom-Json
foreach ($check in $told.checks) {
    $mark = '!'
    if ($check.ok -eq $true) { $mark = '✓' }
    if ($check.ok -eq $false) { $mark = '✗' }
    Write-Host " $mark  $($check.name)$(if ($check.detail) { ": $($check.detail)" })"
    if ($check.remedy) { Write-Host "    → $($check.remedy)" }
}
Write-Host ''
Write-Host "Of $($told.checks.Count) checks: $($told.failed) failed (✗), $($told.looks) need a look (!)."
if (-not $told.ok) { exit 1 }
