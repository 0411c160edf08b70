INSERT INTO ${database}.sightings (batch_id, received_at, seen_at, site, page_group, destination, directive, disposition, channel, verdict, kind, document_path, client, tag, tag_signed, fingerprint) VALUES
('c1-1', now64(3) - 7200, now64(3) - 7200, 'shop', 'payment', 'evil.example', 'connect-src', 'report', 'send', 'unknown', 'csp', '/checkout', 4294967297, '004711', true, 2),
('c1-1', now64(3) - 7100, now64(3) - 7100, 'shop', 'payment', 'evil.example', 'connect-src', 'report', 'send', 'unknown', 'csp', '/checkout', 8589934593, '12345678901234567890', false, 2),
('c1-1', now64(3) - 3600, now64(3) - 3600, 'shop', 'other', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/', 8589934594, '1e5', false, 2),
('c1-1', now64(3) - 3500, now64(3) - 3500, 'shop', 'other', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/', 8589934595, '0x1F', false, 2),
('c1-1', now64(3) - 3400, now64(3) - 3400, 'shop.example', 'payment', 'other.example', 'img-src', 'report', 'send', 'unknown', 'csp', '/<img src=x onerror=alert(1)>', 8589934596, '', false, 3),
('c1-1', now64(3) - 3300, now64(3) - 3300, 'shop', 'payment', 'a&b="c"#<x>''\\?.example', 'img-src', 'report', 'send', 'unknown', 'csp', '/', 8589934597, '', false, 4),
('c1-1', now64(3) - 3300, now64(3) - 3300, 'shop', 'payment', '', 'img-src', 'report', 'send', 'unknown', 'csp', '/', 8589934597, '', false, 5),
('c1-1', now64(3) - 1000, now64(3) - 1000, 'shop', 'payment', '2001:db8::1', 'img-src', 'report', 'send', 'unknown', 'csp', '/', 8589934597, '', false, 7),
('c1-0', now64(3) - 86400 * 200, now64(3) - 86400 * 200, 'shop', 'payment', 'old-skimmer.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 4294967297, '', false, 6);
INSERT INTO ${database}.sightings (batch_id, received_at, seen_at, site, page_group, destination, directive, disposition, channel, verdict, kind, document_path, client, tag, tag_signed, fingerprint)
SELECT 'c1-2', now64(3) - 1800, now64(3) - 1800, 'shop', 'other', concat('latest-', toString(number), '.example'), 'img-src', 'report', 'send', 'unknown', 'csp', '/', number, '', false, 100 + number FROM numbers(600);
INSERT INTO ${database}.reports (batch_id, received_at, first_seen, last_seen, count, clients, fingerprint, site, page_group, kind, disposition, directive, channel, verdict, reason, destination, blocked_scheme, blocked_host, blocked_path, document_host, document_path, source_scheme, source_host, source_path, engine, engine_version, pan_in_url, detail)
SELECT 'c1-3', now64(3) - 600 * number - 600, now64(3) - 600 * number - 600, now64(3) - 600 * number - 600, 12345, 4, number, ['shop', 'shop.example'][1 + number % 2], ['other', 'payment'][1 + intDiv(number, 2) % 2], 'csp', 'report', 'img-src', 'send',
    ['noise', 'unknown', 'known'][1 + number % 3], 'adware', 'evil.example', 'https', 'x.evil.example', '/i.png', 'shop.example', '/', '', '', '', 'chromium', 140, number % 3 = 1, '' FROM numbers(144);
INSERT INTO ${database}.reports (batch_id, received_at, first_seen, last_seen, count, clients, fingerprint, site, page_group, kind, disposition, directive, channel, verdict, reason, destination, blocked_scheme, blocked_host, blocked_path, document_host, document_path, source_scheme, source_host, source_path, engine, engine_version, pan_in_url, detail) VALUES
('c1-0', now64(3) - 86400 * 3, now64(3) - 86400 * 3, now64(3) - 86400 * 3, 1, 1, 1000, 'shop', 'fell-silent', 'csp', 'report', 'img-src', 'send', 'noise', 'adware', '', 'https', 'x.example', '/', 'shop.example', '/s', '', '', '', 'chromium', 140, false, ''),
('c1-4', now64(3) - 90000, now64(3) - 90000, now64(3) - 90000, 2, 2, 1001, 'shop', 'payment', 'csp_hash', 'unknown', '', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/js/a.js', 'shop.example', '/checkout', '', '', '', 'chromium', 140, false, 'sha256-AAAA'),
('c1-4', now64(3) - 7300, now64(3) - 7300, now64(3) - 7300, 2, 2, 1002, 'shop', 'payment', 'csp_hash', 'unknown', '', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/js/a.js', 'shop.example', '/checkout', '', '', '', 'chromium', 140, false, 'sha256-BBBB'),
('c1-4', now64(3) - 90000, now64(3) - 90000, now64(3) - 90000, 2, 2, 1004, 'shop', 'other', 'csp_hash', 'unknown', '', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/<img src=x>.js', 'shop.example', '/', '', '', '', 'chromium', 140, false, 'sha256-CCCC'),
('c1-4', now64(3) - 7300, now64(3) - 7300, now64(3) - 7300, 2, 2, 1005, 'shop', 'other', 'csp_hash', 'unknown', '', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/<img src=x>.js', 'shop.example', '/', '', '', '', 'chromium', 140, false, 'sha256-DDDD'),
('c1-4', now64(3) - 7300, now64(3) - 7300, now64(3) - 7300, 2, 2, 1003, 'shop', 'payment', 'sri_failure', 'unknown', '', 'load', 'known', 'configured', 'cdn.example', 'https', 'cdn.example', '/w.js', 'shop.example', '/checkout', '', '', '', 'chromium', 140, false, 'mismatch');
INSERT INTO ${database}.alerts (told_at, collector, site, page_group, alert, destination, severity, reports, clients, pages, reasons, score, destinations) VALUES
(now64(3) - 7000, 'c1', 'shop', 'payment', 'unknown_destination', 'evil.example', 'page', 2, 2, ['/checkout'], ['on a page where cards are entered', 'two networks'], 6.5, ['evil.example']),
(now64(3) - 3400, 'c1', 'shop', 'other', 'unknown_destination', 'evil.example', 'ticket', 2, 2, ['/'], ['two networks'], 4.5, ['evil.example']),
(now64(3) - 3000, 'c1', 'shop.example', 'payment', 'unknown_destination', 'other.example', 'ticket', 1, 1, ['/'], ['a look-alike name'], 3.6, ['other.example']);
INSERT INTO ${database}.decisions (decided_at, site, destination, decision, `by`, why) VALUES
(now64(3) - 3000, 'shop', 'latest-1.example', 'ignore', '<b>bert</b>', 'an <img src=https://evil.example/> extension');
INSERT INTO ${database}.policies (site, page_group, policy_hash, disposition, policy, first_seen, last_seen) VALUES
('shop', 'payment', 'p2', 'enforce', 'default-src ''self'' evil.example', now64(3) - 7500, now64(3));
INSERT INTO ${database}.releases (site, version, environment, at, `by`) VALUES
('shop', '<img src=https://evil.example/>', 'live', now64(3) - 7600, 'pipeline <b>');
INSERT INTO ${database}.limited (batch_id, received_at, minute, site, kind, count) VALUES
('c1-1', now64(3) - 600, toStartOfMinute(now() - 600), 'shop', 'csp', 5);
INSERT INTO ${database}.collectors (hour, collector, version, rules, first_seen, last_seen) VALUES
(toStartOfHour(now() - 3600), 'c1', '0.1.0', 'r1', now64(3) - 3600, now64(3));
INSERT INTO ${database}.scripts (site, page_group, script_host, script_path, hash, destination, first_seen, last_seen)
SELECT 'shop.example', 'other', 'static.example', ['/<img src=x>.js', '/b.js'][1 + number % 2], concat('sha256-', toString(number)), 'static.example',
    (if(number < 2, now64(3) - 90000, now64(3) - 6000) AS seen), seen FROM numbers(4);
