-- On which days do attempts fail, and on how many machines?
SELECT
    CAST(began AS DATE) AS day,
    count(*) AS attempts,
    count(*) FILTER (outcome = 'failed') AS failed,
    count(DISTINCT lower(computer)) FILTER (outcome = 'failed') AS machines
FROM attempts
GROUP BY day
ORDER BY day;
