-- Which KMS hosts are asked, by how many clients, and which share of the requests fails?
SELECT
    kms_host,
    kms_port AS port,
    count(DISTINCT lower(computer)) AS clients,
    count(*) AS requests,
    count(*) FILTER (hresult <> '0x00000000') AS failed,
    round(100.0 * count(*) FILTER (hresult <> '0x00000000') / count(*), 1) AS failed_percent,
    mode(hresult ORDER BY hresult) FILTER (hresult <> '0x00000000') AS most_often
FROM events
WHERE kind = 'kms-request' AND kms_host IS NOT NULL
GROUP BY kms_host, port
ORDER BY failed DESC, requests DESC, kms_host, port;
