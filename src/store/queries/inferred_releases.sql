-- Releases that nobody marked, as scripts show them: several files of one domain, which had other hashes before, changed within
-- ten minutes. Not those within an hour of a marked one. Anybody can report hashes: nothing but words may follow from it.
-- Parameters: site (empty: all), own_hosts (as in `site.hosts`, such as `*.shop.example`; none: all), from, to (milliseconds since 1970), limit
-- Range: 90 d
-- For: cspwatch gate, cspwatch incident, the console, its API, dashboards Overview, Site, Incident and Scripts
WITH
    (
        SELECT groupArray(10000)((toString(r.site), toUnixTimestamp64Milli(r.at)))
        FROM releases AS r
        WHERE ({site:String} = '' OR r.site = {site:String})
          AND r.at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - toIntervalHour(1)
          AND r.at <= fromUnixTimestamp64Milli({to:Int64}, 'UTC') + toIntervalHour(1)
    ) AS marked
SELECT site, domain, fromUnixTimestamp64Milli(began, 'UTC') AS at, fromUnixTimestamp64Milli(ended, 'UTC') AS until, together AS changed, which AS scripts
FROM
(
    -- Several: three, or two where a domain has four at most. The first of them within ten minutes stands for all.
    SELECT *, lagInFrame(began, 1, 0) OVER (PARTITION BY site, domain ORDER BY began) AS before
    FROM
    (
        SELECT site, domain, changed_at AS began, max(changed_at) OVER soon AS ended, uniqExact(file) OVER soon AS together, files,
            arraySlice(arraySort(groupUniqArray(address) OVER soon), 1, 10) AS which
        FROM
        (
            -- What changes all the time, as a script that is made for each visitor, says nothing: five hashes a day at most.
            -- Nor does a file that is new: in its first hour it may come in two versions.
            SELECT *, min(changed_at) OVER (PARTITION BY site, domain, file) AS known_since, uniqExact(file) OVER (PARTITION BY site, domain) AS files,
                count() OVER (PARTITION BY site, domain, file ORDER BY changed_at RANGE BETWEEN 86400000 PRECEDING AND CURRENT ROW) AS of_day
            FROM
            (
                -- A file is known by its address without what a build writes into it: parts of six characters and more with a
                -- digit, and what was redacted, which begins with a brace, char(123).
                SELECT toString(s.site) AS site, s.destination AS domain,
                    arrayStringConcat(arrayMap(part -> if(position(part, char(123)) > 0 OR (length(part) BETWEEN 6 AND 64 AND match(part, '[0-9]')), '*', part),
                        splitByRegexp('[/._~-]', concat(s.script_host, s.script_path))), '/') AS file,
                    s.hash AS hash, toUnixTimestamp64Milli(min(s.first_seen)) AS changed_at, argMin(concat(s.script_host, s.script_path), s.first_seen) AS address
                FROM scripts AS s
                WHERE ({site:String} = '' OR s.site = {site:String}) AND s.script_host != '' AND s.hash != ''
                  AND (empty({own_hosts:Array(String)})
                    OR arrayExists(host -> if(startsWith(host, '*.'), endsWith(s.script_host, substring(host, 2)), s.script_host = host), {own_hosts:Array(String)}))
                GROUP BY site, domain, file, hash
            )
        )
        WHERE changed_at > known_since + 3600000 AND of_day <= 5
          AND changed_at >= {from:Int64} - 600000 AND changed_at < {to:Int64} + 600000
        WINDOW soon AS (PARTITION BY site, domain ORDER BY changed_at RANGE BETWEEN CURRENT ROW AND 600000 FOLLOWING)
    )
    WHERE together >= 3 OR (together = 2 AND files <= 4)
)
WHERE began > before + 600000 AND began >= {from:Int64} AND began < {to:Int64}
  AND NOT arrayExists(release -> release.1 = site AND abs(release.2 - began) <= 3600000, marked)
ORDER BY at DESC, site, domain
LIMIT {limit:UInt64}
