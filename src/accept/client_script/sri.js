// Reports what browsers do not: failed integrity checks, and - with data-csp - violations of a policy in a <meta>
// element. With data-census it counts page views: all of them ("1"), or a sample ("0.1").
//
//   <script src="https://reports.example/sri.js" data-report="https://reports.example/report/shop"
//           data-csp data-census="1" crossorigin></script>
//
// It must be the first script of the page: it does not see failures from before it ran. The page's connect-src must
// allow the collector, and the hosts whose files have an integrity attribute.
//
// It is served without comments and indentation. So every statement ends in a semicolon or a brace, and every comment
// has a line of its own.
(function () {
  "use strict";
  var script = document.currentScript;
  var endpoint = script && script.getAttribute("data-report");
  if (!endpoint || !navigator.sendBeacon) {
    return;
  }
  endpoint = new URL(endpoint, document.baseURI).href;
  var queue = [];
  // A page with a thousand failures reports a hundred of them.
  var left = 100;

  function page() {
    return location.href.split("#")[0];
  }

  function flush() {
    if (queue.length) {
      // A string is posted as text/plain: no preflight.
      navigator.sendBeacon(endpoint, JSON.stringify(queue.splice(0, 20)));
      flush();
    }
  }

  function report(type, body) {
    if (left > 0) {
      left -= 1;
      body.documentURL = page();
      queue.push({ type: type, age: 0, url: page(), user_agent: navigator.userAgent, body: body });
      setTimeout(flush, 50);
    }
  }

  // The hashes that count: those of the strongest algorithm named (SRI, section 3.3.4).
  function expected(integrity) {
    var hashes = integrity.trim().split(/\s+/).map(function (hash) { return hash.split("?")[0]; });
    var strongest = ["sha512", "sha384", "sha256"].find(function (algorithm) {
      return hashes.some(function (hash) { return hash.indexOf(algorithm + "-") === 0; });
    });
    return {
      algorithm: strongest,
      hashes: hashes.filter(function (hash) { return hash.indexOf(strongest + "-") === 0; })
    };
  }

  function hashOf(algorithm, buffer) {
    return crypto.subtle.digest(algorithm.replace("sha", "SHA-"), buffer).then(function (digest) {
      return algorithm + "-" + btoa(String.fromCharCode.apply(null, new Uint8Array(digest)));
    });
  }

  // The event says that a file failed, not why. Loading it again shows whether it changed or is missing.
  function explain(url, wanted) {
    var options = { mode: "cors", credentials: "omit", cache: "force-cache" };
    return fetch(url, options).then(function (response) {
      return response.ok ? response.arrayBuffer() : Promise.reject();
    }).then(function (buffer) {
      return hashOf(wanted.algorithm, buffer);
    }).then(function (actual) {
      // The right content, and yet it failed: the crossorigin attribute is missing.
      var isRight = wanted.hashes.indexOf(actual) >= 0;
      return { reason: isRight ? "no-cors" : "mismatch", actual: actual };
    }, function () {
      return { reason: "outage", actual: "" };
    });
  }

  addEventListener("error", function (event) {
    var element = event.target;
    var url = element && (element.src || element.href);
    if (!url || !element.integrity) {
      return;
    }
    var wanted = expected(element.integrity);
    if (!wanted.algorithm) {
      return;
    }
    explain(url, wanted).then(function (found) {
      report("sri-failure", {
        blockedURL: url,
        destination: element.localName,
        expected: wanted.hashes.join(" "),
        actual: found.actual,
        reason: found.reason
      });
    });
  }, true);

  if (script.hasAttribute("data-csp")) {
    addEventListener("securitypolicyviolation", function (event) {
      // A policy that blocks our own reports must not cause further reports.
      if (event.blockedURI && endpoint.indexOf(event.blockedURI) === 0) {
        return;
      }
      report("csp-violation", {
        blockedURL: event.blockedURI,
        effectiveDirective: event.effectiveDirective,
        originalPolicy: event.originalPolicy,
        disposition: event.disposition,
        statusCode: event.statusCode,
        sample: event.sample,
        sourceFile: event.sourceFile,
        lineNumber: event.lineNumber,
        columnNumber: event.columnNumber
      });
    });
  }
  addEventListener("pagehide", flush);

  // The census: chance alone decides, anew for each page view. Nothing is read or kept of the visitor, and the report says
  // which page it is and of how many page views one is counted. A share of 0.3 is one of 3.
  var share = Number(script.getAttribute("data-census"));
  if (share > 0 && share <= 1) {
    var oneOf = Math.min(Math.round(1 / share), 100);
    if (Math.random() * oneOf < 1) {
      queue.push({ type: "census", url: location.href.split(/[?#]/)[0], body: { oneOf: oneOf } });
      setTimeout(flush, 50);
    }
  }
})();
