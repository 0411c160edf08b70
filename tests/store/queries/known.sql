-- What the named queries are asked about: ${day} is yesterday. In two seals, of two sites.
INSERT INTO ${database}.reports (batch_id, received_at, first_seen, last_seen, count, clients, fingerprint, site, page_group, kind, disposition, directive, channel, verdict, reason, destination, blocked_scheme, blocked_host, blocked_path, document_host, document_path, source_scheme, source_host, source_path, engine, engine_version, pan_in_url) VALUES
('c1-1', '${day} 10:00:00', '${day} 10:00:00', '${day} 10:00:03', 10, 4, 1, 'shop', 'other', 'csp', 'enforce', 'img-src', 'send', 'noise', 'adware', 'ad.example', 'https', 'x.ad.example', '/i.png', 'shop.example', '/', '', '', '', 'chromium', 140, false),
('c1-1', '${day} 10:00:00', '${day} 09:59:00', '${day} 10:00:01', 3, 3, 2, 'shop', 'payment', 'csp', 'enforce', 'connect-src', 'send', 'unknown', 'unlisted', 'evil.example', 'https', 'a.evil.example', '/c', 'shop.example', '/checkout', 'https', 'cdn.example', '/a.js', 'firefox', 140, true),
('c1-1', '${day} 10:00:01', '${day} 10:00:01', '${day} 10:00:01', 7, 2, 4, 'news', 'other', 'csp', 'report', 'script-src-elem', 'load', 'noise', 'extension-blocked', '', 'moz-extension', '', '', 'news.example', '/a', '', '', '', 'webkit', 18, false);
INSERT INTO ${database}.reports (batch_id, received_at, first_seen, last_seen, count, clients, fingerprint, site, page_group, kind, disposition, directive, channel, verdict, reason, destination, blocked_scheme, blocked_host, blocked_path, document_host, document_path, source_scheme, source_host, source_path, engine, engine_version, pan_in_url) VALUES
('c2-1', '${day} 12:30:00', '${day} 12:30:00', '${day} 12:30:01', 2, 1, 2, 'shop', 'payment', 'csp', 'enforce', 'connect-src', 'send', 'unknown', 'unlisted', 'evil.example', 'https', 'a.evil.example', '/c', 'shop.example', '/checkout', 'https', 'cdn.example', '/a.js', 'firefox', 141, true),
('c2-1', '${day} 12:30:00', '${day} 12:29:00', '${day} 12:30:01', 5, 5, 3, 'shop', 'other', 'csp', 'enforce', 'script-src-elem', 'load', 'known', 'configured', 'vendor.example', 'https', 'js.vendor.example', '/v.js', 'shop.example', '/', '', '', '', 'chromium', 141, true),
('c2-1', '${day} 12:30:01', '${day} 11:00:00', '${day} 11:00:00', 1, 1, 5, 'shop', 'other', 'csp', 'enforce', 'img-src', 'send', 'impossible', 'allowed-by-policy', 'other.example', 'https', 'other.example', '/p.gif', 'shop.example', '/', 'https', 'cdn.example', '/a.js', 'webkit', 18, false);
INSERT INTO ${database}.reports (batch_id, received_at, first_seen, last_seen, count, clients, fingerprint, site, page_group, kind, disposition, channel, verdict, reason, destination, blocked_scheme, blocked_host, blocked_path, document_host, document_path, detail, engine, engine_version) VALUES
('c1-1', '${day} 10:00:00', '${day} 09:58:00', '${day} 10:00:00', 2, 2, 6, 'shop', 'payment', 'csp_hash', 'unknown', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/js/a.js', 'shop.example', '/checkout', 'sha256-AAAA', 'chromium', 140),
('c2-1', '${day} 12:30:00', '${day} 12:30:00', '${day} 12:30:00', 1, 1, 7, 'shop', 'payment', 'csp_hash', 'unknown', 'load', 'own', 'own', 'shop.example', 'https', 'shop.example', '/js/a.js', 'shop.example', '/checkout', 'sha256-BBBB', 'chromium', 141),
('c2-1', '${day} 12:30:01', '${day} 12:10:00', '${day} 12:10:00', 4, 1, 9, 'shop', 'payment', 'sri_failure', 'unknown', 'load', 'known', 'configured', 'cdn.example', 'https', 'cdn.example', '/w.js', 'shop.example', '/checkout', 'mismatch', 'chromium', 141);
INSERT INTO ${database}.sightings (batch_id, received_at, seen_at, site, page_group, destination, directive, disposition, channel, verdict, kind, document_path, client, tag, tag_signed, fingerprint) VALUES
('c1-1', '${day} 10:00:00', '${day} 09:59:00', 'shop', 'payment', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 4294967297, 'o-1', false, 2),
('c1-1', '${day} 10:00:00', '${day} 10:00:00', 'shop', 'payment', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 4294967298, 'o-1', false, 2),
('c1-1', '${day} 10:00:00', '${day} 10:00:01', 'shop', 'payment', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 8589934593, 'o-2', true, 2);
INSERT INTO ${database}.sightings (batch_id, received_at, seen_at, site, page_group, destination, directive, disposition, channel, verdict, kind, document_path, client, tag, tag_signed, fingerprint) VALUES
('c2-1', '${day} 12:30:00', '${day} 12:30:00', 'shop', 'payment', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 4294967297, '', false, 2),
('c2-1', '${day} 12:30:00', '${day} 12:30:01', 'shop', 'payment', 'evil.example', 'connect-src', 'enforce', 'send', 'unknown', 'csp', '/checkout', 4294967297, '', false, 2),
('c2-1', '${day} 12:30:01', '${day} 11:00:00', 'shop', 'other', 'other.example', 'img-src', 'enforce', 'send', 'impossible', 'csp', '/', 8589934593, '', false, 5),
('c2-1', '${day} 12:30:01', '${day} 12:00:00', 'shop', 'payment', 'widget.example', 'script-src-elem', 'enforce', 'load', 'unknown', 'csp', '/checkout', 8589934594, '', false, 8),
('c2-1', '${day} 12:30:01', '${day} 12:10:00', 'shop', 'payment', 'cdn.example', '', 'unknown', 'load', 'known', 'sri_failure', '/checkout', 8589934594, '', false, 9);
INSERT INTO ${database}.limited (batch_id, received_at, minute, site, kind, count) VALUES
('c1-1', '${day} 10:00:00', '${day} 10:00:00', 'shop', 'csp', 5),
('c1-1', '${day} 10:00:00', '${day} 10:01:00', 'shop', 'csp', 6);
INSERT INTO ${database}.policies (site, page_group, policy_hash, disposition, policy, first_seen, last_seen) VALUES
('shop', 'payment', 'p1', 'enforce', 'default-src ''self''', '${day} 10:00:00', '${day} 12:30:00'),
('shop', 'payment', 'p2', 'enforce', 'default-src ''self'' evil.example', '${day} 12:30:00', '${day} 14:00:00');
INSERT INTO ${database}.decisions (decided_at, site, destination, decision, `by`, why) VALUES
('${day} 10:00:00', 'shop', 'other.example', 'approve', 'anna', 'ours'),
('${day} 11:00:00', 'shop', 'other.example', 'forget', 'bert', 'not ours'),
('${day} 11:30:00', 'shop', 'evil.example', 'forget', 'bert', 'never was');
INSERT INTO ${database}.decisions (decided_at, site, destination, decision, directive, page_group, `by`, why) VALUES
('${day} 12:40:00', 'shop', 'widget.example', 'approve_within', 'img-src', '', 'anna', 'its logo');
INSERT INTO ${database}.script_decisions (decided_at, site, page_group, script_host, script_path, hash, decision, `by`, owner, justification) VALUES
('${day} 10:00:00', 'shop', 'payment', 'shop.example', '/js/a.js', 'sha256-AAAA', 'approve', 'anna', 'payments', 'the form'),
('${day} 11:00:00', 'shop', '', 'cdn.example', '/w.js', '', 'approve', 'anna', 'payments', 'a widget'),
('${day} 12:00:00', 'shop', '', 'cdn.example', '/w.js', '', 'revoke', 'bert', '', 'gone');
INSERT INTO ${database}.alerts (told_at, collector, site, page_group, alert, destination, severity, reports, clients, pages, reasons, score, destinations) VALUES
('${day} 09:59:00', 'c1', 'shop', 'payment', 'unknown_destination', 'evil.example', 'page', 1, 1, ['/checkout'], ['first sighting'], 5.03, ['evil.example', 'other.example']),
('${day} 09:59:00', 'c1', 'shop', 'payment', 'unknown_destination', 'evil.example', 'page', 1, 1, ['/checkout'], ['first sighting'], 5.03, ['evil.example', 'other.example']),
('${day} 12:00:00', 'c1', 'shop', 'payment', 'unknown_destination', 'widget.example', 'ticket', 1, 1, ['/checkout'], ['one client'], NULL, []),
('${day} 12:01:00', 'c1', 'shop', 'other', 'site_silent', '', 'ticket', 0, 0, [], ['quiet'], NULL, []);
INSERT INTO ${database}.collectors (hour, collector, version, rules, first_seen, last_seen) VALUES
('${day} 10:00:00', 'c1', '0.1.0', 'r1', '${day} 10:00:00', '${day} 10:59:00'),
('${day} 10:00:00', 'c1', '0.1.0', 'r1', '${day} 10:59:30', '${day} 10:59:30'),
('${day} 11:00:00', 'c1', '0.1.0', 'r1', '${day} 11:00:00', '${day} 11:01:00');
INSERT INTO ${database}.notes (noted_at, site, destination, `by`, note) VALUES
('${day} 10:00:00', 'shop', 'evil.example', 'anna', 'seen before'),
('${day} 11:00:00', 'shop', 'evil.example', 'bert', 'asked the vendor');
INSERT INTO ${database}.drills (site, page_group, at, destination, stages, passed, why, `by`) VALUES
('shop', 'payment', '${day} 09:00:00.000', 'drill-a.invalid', [('accepted', 0.25), ('delivered', 7.5)], true, '', 'timer'),
('shop', 'payment', '${day} 10:00:00.000', 'drill-b.invalid', [('accepted', 0.25)], false, 'detected: nothing', 'ada'),
('other', 'other', '${day} 11:00:00.000', 'drill-c.invalid', [], false, 'accepted: no answer', 'ada');
INSERT INTO ${database}.drills (site, page_group, at, destination, stages, passed, why, `by`, goal) VALUES
('shop', 'payment', '${day} 12:00:00.000', 'drill-d.invalid', [('stored', 2.5)], true, '', 'cspwatch doctor', 'stored');
INSERT INTO ${database}.releases (site, version, environment, at, `by`) VALUES
('shop', 'v1', '', '${day} 09:00:00', 'pipeline'),
('shop', 'v2', 'live', '${day} 12:00:00', 'pipeline'),
('news', 'v9', '', '${day} 12:00:00', 'anna');
INSERT INTO ${database}.scripts (site, page_group, script_host, script_path, hash, destination, first_seen, last_seen) VALUES
('shop', 'other', 'shop.example', '/js/b.js', 'sha256-1111', 'shop.example', '${day} 09:00:00', '${day} 15:00:00'),
('shop', 'other', 'shop.example', '/js/b.js', 'sha256-2222', 'shop.example', '${day} 15:00:00', '${day} 16:00:00'),
('shop', 'other', 'shop.example', '/js/c.js', 'sha256-3333', 'shop.example', '${day} 09:00:00', '${day} 15:00:00'),
('shop', 'other', 'shop.example', '/js/c.js', 'sha256-4444', 'shop.example', '${day} 15:04:00', '${day} 16:00:00');
INSERT INTO ${database}.headers (site, page_group, page, at, failure, headers) VALUES
('shop', 'payment', 'shop.example/checkout', '${day} 09:00:00', '', [('x-frame-options', 'DENY', 'aa')]),
('shop', 'other', 'shop.example/', '${day} 10:00:00', 'connection refused', []),
('news', 'other', 'news.example/', '${day} 10:00:00', '', []);
