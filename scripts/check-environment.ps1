#requires -Version 7
<#
.SYNOPSIS
Stops before anything is made where the azd environment lacks a value that has no default.
#>
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$needed = [ordered]@{
    PURESERVICE_URL   = 'https://customer.pureservice.com'
    MAIL_FROM_ADDRESS = 'ikkesvar@agency.no'
    ALERT_EMAIL       = 'operations@agency.no'
}
$missing = @($needed.Keys | Where-Object { -not [Environment]::GetEnvironmentVariable($_) })
foreach ($name in $missing) {
    Write-Host "Missing: azd env set $name $($needed[$name])"
}
if ($missing.Count -gt 0) {
    exit 1
}
