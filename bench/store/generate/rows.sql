-- The rows of `reports` of one day, as the sink would insert them: seal after seal, each with 193 violations.
-- The same seed gives the same rows. Parameters: seed; day (the first is 0); begin, the first day's midnight in
-- seconds since 1970; seal_seconds, from seal to seal.
--
-- What is meant to be as it is in life:
--   Half of a seal's rows are the same 96 violations each time, the others are out of a million by 1/rank; so a
--   violation comes again and again, and most violations are rare.
--   Counts fall with the rank and follow the time of day; their mean is 20, so 95 % of reports are repetitions.
--   A violation lives a week (pages and scripts change), one of an unknown destination eight hours, so that such
--   destinations come and go.
--   Sites, pages, destinations, extensions: many rare ones, few frequent ones (1/rank each).
WITH
    ['men','women','kids','shoes','sport','garden','kitchen','toys','books','music','games','office','beauty',
     'health','food','wine','pets','baby','auto','bike','travel','home','light','tools','watch','phone','camera',
     'audio','sale','new','gift','outlet'] AS categories,
    ['blue','red','soft','light','dark','classic','modern','slim','wide','long','short','winter','summer','cotton',
     'linen','leather','wood','steel','glass','mini','maxi','pro','basic','premium','family','travel','garden','city',
     'shirt','jacket','lamp','table','chair','bag','belt','ring','boots','sneaker','mug','pan','knife','towel','pillow',
     'blanket','puzzle','robot','camera','speaker','cable','charger','bottle','helmet','gloves','scarf','hat','dress',
     'skirt','jeans','socks','coat','tent','rope','drill','saw'] AS words,
    (salt, size) -> toUInt32(floor(pow(size, (cityHash64(id, salt) % 1000003) / 1000003.)) - 1) AS zipf
SELECT
    format('{}-{}', lower(hex(cityHash64({seed:UInt64}, 'collector', segment % 2))), leftPad(toString(segment), 10, '0')) AS batch_id,
    fromUnixTimestamp64Milli(received, 'UTC') AS received_at,
    fromUnixTimestamp64Milli(received - age, 'UTC') AS first_seen,
    fromUnixTimestamp64Milli(received - age + if(count = 1, 0, cityHash64(n, 'last') % toUInt64({seal_seconds:UInt32} * 1000)), 'UTC') AS last_seen,
    count,
    toUInt32(greatest(1, round(count * (0.6 + 0.4 * (cityHash64(n, 'clients') % 100) / 100.)))) AS clients,
    site,
    page_group,
    kind,
    '' AS type_name,
    if(cityHash64(site_number, page_group) % 10 < 6, 'enforce', 'report') AS disposition,
    directive,
    multiIf(kind != 'csp', 'other', match(directive, '^(script|style|worker|object)'), 'load', 'send') AS channel,
    verdict,
    multiIf(verdict = 'own', 'site-host', verdict = 'known', 'configured', verdict = 'foreign', 'document-host',
            verdict = 'impossible', 'allowed-by-policy', verdict = 'inline', ['inline', 'eval', 'data'][1 + zipf('inline', 4) % 3],
            verdict = 'other', ['no-destination', 'no-violation', 'embedded-by'][1 + cityHash64(id, 'other') % 3],
            verdict = 'unknown', ['unlisted', 'unlisted', 'unlisted', 'unlisted', 'local-address', 'allowed-for:img-src', 'unproven:extension-source', 'sibling-of-known'][1 + cityHash64(id, 'why') % 8],
            noise = 'blocked', 'extension-blocked', noise = 'source', 'extension-source',
            noise = 'inline', ['extension-inline', 'ad-blocker-inline', 'antivirus-inline', 'extension-in-sample'][1 + zipf('rule', 5) % 4],
            noise = 'translator', ['translator', 'translator-images', 'browser-service'][1 + cityHash64(id, 'rule') % 3],
            ['adware', 'adware-mac', 'adware-monetizus', 'antivirus', 'shopping-toolbar', 'web-gateway'][1 + destination_number % 6]) AS reason,
    multiIf(not has_host, '', verdict = 'unknown' OR verdict = 'impossible', concat(words[1 + destination_number % 64], '-', lower(substring(hex(cityHash64('u', destination_number)), 1, 1 + destination_number % 7)), ['.com', '.net', '.top', '.shop', '.xyz', '.ru'][1 + destination_number % 6]),
            verdict = 'own' OR verdict = 'foreign', concat(site, '.example'),
            verdict = 'known', concat('vendor', toString(destination_number), ['.com', '.io', '.net'][1 + destination_number % 3]),
            noise = 'translator', ['gstatic.com', 'googleapis.com', 'translate.goog', 'bing.com'][1 + destination_number % 4],
            concat(words[1 + destination_number % 64], words[1 + destination_number % 61], toString(destination_number), '.net')) AS destination,
    multiIf(verdict = 'inline' OR noise = 'inline', reason, noise = 'blocked', ['chrome-extension', 'moz-extension', 'safari-web-extension'][1 + (engine = 'firefox') + 2 * (engine = 'webkit')], has_host, if(cityHash64(id, 'ws') % 40 = 0, 'wss', 'https'), '') AS blocked_scheme,
    if(destination = '', '', concat(['www.', 'cdn.', 'api.', 'collect.', 'js.', '', '', 'static.'][1 + cityHash64(destination, cityHash64(id, 'sub') % 3) % 8], destination)) AS blocked_host,
    toUInt16(if(has_host AND cityHash64(id, 'port') % 200 = 0, 8443, 0)) AS blocked_port,
    multiIf(not has_host, '', directive = 'img-src', concat('/', words[1 + zipf('b1', 64)], '/', lower(hex(toUInt32(zipf('image', 5000) + destination_number * 5000))), ['.png', '.gif', '.webp', '.svg'][1 + cityHash64(id, 'image') % 4]),
            match(directive, '^(script|style)'), concat(['/js/', '/assets/', '/v2/', '/dist/', '/tag/'][1 + destination_number % 5], words[1 + zipf('b2', 64)], '.', lower(substring(hex(cityHash64(destination_number, build)), 1, 8)), if(startsWith(directive, 'script'), '.js', '.css')),
            concat(['/collect', '/v1/events', '/api/log', '/pixel', '/g/collect', '/rum', '/batch'][1 + destination_number % 7], if(cityHash64(id, 'b3') % 3 = 0, concat('/', toString(zipf('b4', 2000))), ''))) AS blocked_path,
    if(verdict = 'foreign', concat(words[1 + zipf('mirror', 64)], '-mirror.example'), concat(['www.', 'm.', '', 'shop.'][1 + zipf('host', 5) % 4], site, '.example')) AS document_host,
    multiIf(page_group = 'payment', concat(locale, ['/checkout', '/checkout/payment', '/checkout/review', '/cart/pay', '/checkout/confirm'][1 + zipf('pay', 6) % 5]),
            page_group = 'account', concat(locale, ['/account', '/account/orders', '/account/orders/{id}', '/login', '/account/address'][1 + zipf('account', 6) % 5]),
            page_group = 'search', concat(locale, '/search/', words[1 + zipf('term', 64)]),
            page = 0, concat(locale, '/'),
            concat(locale, '/', categories[1 + cityHash64(site_number, page, 'c') % 32], '/', words[1 + cityHash64(site_number, page, 1) % 64], '-', words[1 + cityHash64(site_number, page, 2) % 64], '-', words[1 + cityHash64(site_number, page, 3) % 64], '-', toString(page * 7 + site_number))) AS document_path,
    multiIf(source = 'extension', ['chrome-extension', 'moz-extension', 'safari-web-extension'][1 + (engine = 'firefox') + 2 * (engine = 'webkit')], source = 'none', '', 'https') AS source_scheme,
    multiIf(source = 'extension', lower(concat(hex(cityHash64('extension', extension)), hex(cityHash64(extension)))), source = 'own', concat('static.', site, '.example'), source = 'vendor', concat('cdn.vendor', toString(zipf('sv', 300)), '.com'), '') AS source_host,
    multiIf(source = 'extension', ['/content.js', '/inject.js', '/js/content/main.js', '/scripts/inpage.js'][1 + extension % 4], source = 'own', concat('/assets/', ['app', 'vendor', 'checkout', 'runtime', 'theme'][1 + zipf('chunk', 6) % 5], '.', lower(substring(hex(cityHash64(site_number, build)), 1, 10)), '.js'), source = 'vendor', concat('/tag/', toString(zipf('sp', 500)), '.js'), '') AS source_path,
    toUInt32(if(source = 'none', 0, 1 + zipf('line', 400))) AS line,
    toUInt32(if(source = 'none', 0, 1 + cityHash64(id, 'column') % 80000)) AS column,
    toUInt16(if(engine = 'webkit', 0, 200)) AS status_code,
    if(verdict = 'inline' OR noise = 'inline', substring(concat(['(function(){var ', 'window.', 'document.querySelector("', '!function(e){', '{"@context":"'][1 + zipf('sample', 6) % 5], words[1 + zipf('s1', 64)], '_', lower(hex(toUInt32(zipf('s2', 50000)))), ['=function(){return ', '").appendChild(', '||[]).push({', ':0,"'][1 + cityHash64(id, 's3') % 4], words[1 + zipf('s4', 64)]), 1, 40), '') AS sample,
    multiIf(kind = 'csp_hash', concat('sha256-', base64Encode(sipHash128(site_number, build, zipf('script', 40))), base64Encode(sipHash128(build, zipf('script', 40)))), kind = 'integrity', 'missing-integrity', kind = 'deprecation', ['UnloadHandler', 'ThirdPartyCookies', 'H1UserAgentFontSizeInSection', 'SharedStorage'][1 + cityHash64(id, 'd') % 4], kind = 'permissions_policy', ['geolocation', 'camera', 'attribution-reporting'][1 + cityHash64(id, 'd') % 3], '') AS detail,
    if(kind = 'csp', lower(hex(cityHash64(site_number, page_group, intDiv({day:UInt32} + site_number, 9)))), '') AS policy_hash,
    engine,
    toUInt16(multiIf(engine = 'chromium', 143 - zipf('version', 30), engine = 'firefox', 145 - zipf('version', 30), engine = 'webkit', 26 - zipf('version', 8), 0)) AS engine_version,
    page_group = 'payment' AND cityHash64(id, 'pan') % 5000 = 0 AS pan_in_url,
    cityHash64(site_number, 'signed') % 4 = 0 AS verified,
    reinterpretAsUInt128(sipHash128(id, {seed:UInt64})) AS fingerprint
FROM
(
    SELECT *,
        concat(words[1 + site_number % 64], '-', toString(site_number)) AS site,
        multiIf(rank_class = 'unknown', if(cityHash64(id, 'impossible') % 7 = 0, 'impossible', 'unknown'), roll < 740, 'noise', roll < 830, 'inline', roll < 890, 'known', roll < 950, 'own', roll < 970, 'foreign', 'other') AS verdict,
        if(verdict != 'noise', '', multiIf(sub < 45, 'blocked', sub < 60, 'source', sub < 75, 'adware', sub < 88, 'inline', 'translator')) AS noise,
        multiIf(verdict = 'other', ['csp_hash', 'deprecation', 'permissions_policy', 'intervention', 'csp_hash', 'integrity'][1 + cityHash64(id, 'kind') % if(slot < 96, 5, 6)], 'csp') AS kind,
        multiIf(kind = 'csp_hash', 'script-src', kind != 'csp', '',
                verdict = 'inline' OR noise = 'inline', ['script-src-elem', 'script-src-attr', 'style-src-elem', 'style-src-attr', 'script-src'][1 + zipf('directive', 6) % 5],
                ['connect-src', 'img-src', 'script-src-elem', 'frame-src', 'style-src-elem', 'font-src', 'media-src', 'form-action', 'worker-src'][1 + zipf('directive', 10) % 9]) AS directive,
        verdict IN ('unknown', 'impossible', 'known', 'own', 'foreign') OR noise IN ('source', 'adware', 'translator') OR kind = 'integrity' AS has_host,
        multiIf(rank_class = 'unknown', unknown_number, verdict = 'known', (site_number * 7 + zipf('destination', 40)) % 400, zipf('destination', 500)) AS destination_number,
        ['other', 'other', 'other', 'other', 'other', 'payment', 'payment', 'account', 'account', 'search'][1 + cityHash64(id, 'group') % 10] AS page_group,
        if(cityHash64(site_number, 'locales') % 3 = 0, ['/de', '/en', '/fr', '/it', '/es', '/nl'][1 + zipf('locale', 7) % 6], '') AS locale,
        zipf('page', 20000) AS page,
        ['chromium', 'chromium', 'chromium', 'chromium', 'chromium', 'chromium', 'chromium', 'webkit', 'webkit', 'firefox'][1 + cityHash64(id, 'engine') % 10] AS engine,
        zipf('extension', 3000) AS extension,
        multiIf(noise IN ('blocked', 'source'), 'extension', verdict IN ('foreign', 'other') OR cityHash64(id, 'source') % 3 = 0, 'none', cityHash64(id, 'source') % 3 = 1, 'own', 'vendor') AS source,
        intDiv({day:UInt32} + site_number % 7, 7) AS build
    FROM
    (
        SELECT *,
            toUInt32(floor(pow(2600, (cityHash64(id, 'destination') % 1000003) / 1000003.)) - 1) AS unknown_number,
            -- The most frequent unknown destinations are on all sites, as those of adware; the others on one to four.
            if(rank_class = 'unknown' AND unknown_number >= 20, cityHash64(unknown_number, cityHash64(id, 'where') % (1 + unknown_number % 4)), id) AS home,
            toUInt32(floor(pow(201, (cityHash64(home, 'site') % 1000003) / 1000003.)) - 1) AS site_number,
            cityHash64(id, 'verdict') % 1000 AS roll,
            cityHash64(id, 'noise') % 100 AS sub,
            second * 1000 + cityHash64(n, 'at', {seed:UInt64}) % toUInt64({seal_seconds:UInt32} * 1000) AS received,
            if(cityHash64(id, 'channel') % 5 < 2, 0, cityHash64(n, 'age') % 60000) AS age,
            -- Busiest at 19:00, a fifth of that at 07:00; on average 1.
            1 + 0.66 * cos((second % 86400 - 68400) / 86400. * 2 * pi()) AS wave,
            toUInt64(1 + floor(952 / pow(slot + 1, 1.2) * wave * (0.5 + (cityHash64(n, 'count') % 1000) / 1000.))) AS count
        FROM
        (
            SELECT *,
                if(slot >= 96 AND cityHash64(rank, {seed:UInt64}, 'class') % 100 < 6, 'unknown', 'usual') AS rank_class,
                toUInt32(if(rank_class = 'unknown', 28800, 604800)) AS life,
                cityHash64({seed:UInt64}, rank, intDiv(second + cityHash64(rank) % life, life)) AS id
            FROM
            (
                SELECT
                    number + {day:UInt32} * toUInt64(86400 / {seal_seconds:UInt32} * 193) AS n,
                    intDiv(n, 193) AS segment,
                    n % 193 AS slot,
                    {begin:Int64} + segment * {seal_seconds:UInt32} AS second,
                    if(slot < 96, slot, toUInt64(96 * pow(1.1000, slot - 96))) AS rank_from,
                    if(slot < 96, slot + 1, toUInt64(96 * pow(1.1000, slot - 95))) AS rank_to,
                    rank_from + cityHash64(n, 'rank', {seed:UInt64}) % (rank_to - rank_from) AS rank
                FROM numbers(toUInt64(86400 / {seal_seconds:UInt32} * 193))
            )
        )
    )
)
