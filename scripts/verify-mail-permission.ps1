#requires -Version 7
<#
.SYNOPSIS
Shows that Entra gives the application no permission on mail: such a one would reach every mailbox of the tenant.
.DESCRIPTION
Grants add up. A tenant-wide Mail.Send in Entra would undo the scope that Exchange keeps. Needs az, signed in as
somebody who may read service principals. -Remove takes away what is found.
.PARAMETER ObjectId
Object id of the service principal: azd env get-value DISPATCH_IDENTITY_OBJECT_ID
#>
param(
    [Parameter(Mandatory)] [guid] $ObjectId,
    [switch] $Remove
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$graph = 'https://graph.microsoft.com/v1.0/servicePrincipals'
$given = (az rest --method GET --url "$graph/$ObjectId/appRoleAssignments" | ConvertFrom-Json).value
if ($LASTEXITCODE -ne 0) { throw 'The permissions can''t be read.' }

$found = 0
foreach ($assignment in $given) {
    $resource = az rest --method GET --url "$graph/$($assignment.resourceId)?`$select=displayName,appRoles" | ConvertFrom-Json
    $role = ($resource.appRoles | Where-Object id -EQ $assignment.appRoleId).value
    $reaches = $role -match '^(Mail|full_access_as_app|Mailbox|EWS|SMTP)'
    if (-not $reaches) {
        Write-Host "✓  $($resource.displayName): $role"
        continue
    }
    Write-Host "✗  $($resource.displayName): $role"
    $found++
    if ($Remove) {
        az rest --method DELETE --url "$graph/$ObjectId/appRoleAssignments/$($assignment.id)"
        Write-Host '   removed; tokens that were fetched before last for up to a day'
    }
}
if ($found -eq 0) { Write-Host '✓  No permission on mail in Entra: the scope in Exchange decides alone.' }
elseif (-not $Remove) { throw "$found tenant-wide permissions. Run again with -Remove." }
