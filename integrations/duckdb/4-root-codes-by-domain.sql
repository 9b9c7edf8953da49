-- Which root causes do the failing machines of each domain have? A root cause is what the report
-- concludes, so this asks the report in JSON.
WITH machines AS (
    SELECT unnest(machines, max_depth => 2)
    FROM read_json('{report}', maximum_object_size = 1073741824)
)
SELECT
    CASE WHEN contains(computer, '.')
        THEN lower(substr(computer, strpos(computer, '.') + 1))
        ELSE '-'
    END AS domain,
    coalesce(root_cause, '-') AS root_cause,
    count(*) AS machines
FROM machines
WHERE status = 'failing'
GROUP BY domain, root_cause
ORDER BY domain, machines DESC, root_cause;
