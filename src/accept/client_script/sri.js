// Reports what browsers do not: failed integrity checks, and - with data-csp - violations of a policy in a <meta>
// element. With data-census it counts page views: all of them ("1"), or a sample ("0.1"). With data-inline it reports, of all
// page views or of a sample, the hashes of the inline scripts that ran.
//
//   <script src="https://reports.example/sri.js" data-report="https://reports.example/report/shop"
//           data-csp data-census="1" data-inline="0.1" crossorigin></script>
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

  // Chance alone decides, anew for each page view, and nothing is read or kept of the visitor. A share of 0.3 is one of 3.
  // Of how many page views an attribute takes this one; 0: it does not take it.
  function drawn(attribute) {
    var share = Number(script.getAttribute(attribute));
    var oneOf = share > 0 && share <= 1 ? Math.min(Math.round(1 / share), 100) : 0;
    return Math.random() * oneOf < 1 ? oneOf : 0;
  }

  // A report for which the collector keeps no path: which page it is, and nothing of its query.
  function count(type, body) {
    queue.push({ type: type, url: location.href.split(/[?#]/)[0], body: body });
  }

  // The census: the report says of how many page views one is counted.
  var oneOf = drawn("data-census");
  if (oneOf) {
    count("census", { oneOf: oneOf });
    setTimeout(flush, 50);
  }

  // Whether an element is an inline script whose type is one that browsers run (HTML, "prepare the script element"). All
  // other types, such as JSON-LD and import maps, are data.
  function isInlineScript(element) {
    var source = "src" in element ? ["src"] : ["href", "xlink:href"];
    if (source.some(function (name) { return element.hasAttribute(name); }) || !element.textContent) {
      return false;
    }
    var type = element.getAttribute("type");
    var language = element.getAttribute("language");
    if (type === null) {
      type = language ? "text/" + language : "";
    }
    if (/^\s*module\s*$/i.test(type)) {
      return true;
    }
    var isClassic = /^((text|application)\/(x-)?(java|ecma)script|text\/(javascript1\.[0-5]|jscript|livescript))$/i;
    return !element.noModule && (!type || isClassic.test(type.trim()));
  }

  // Whether the parser has passed an element. A long script arrives in pieces, and only the whole has the right hash.
  function isComplete(element) {
    for (var node = element; node && !node.nextSibling; node = node.parentNode) {
      if (node === document) {
        return document.readyState !== "loading";
      }
    }
    return true;
  }

  // Reports the hashes of the inline scripts that are in the page, and of those that are added until five seconds after it
  // has loaded; no word of a script leaves the page. A page that adds scripts without end has 200 of them looked at.
  function watchInlineScripts() {
    var seen = new WeakSet();
    var seenMax = 200;
    var hashesMax = 50;
    var waiting = [];
    var hashes = {};
    var encoder = new TextEncoder();

    function note(element) {
      if (seenMax > 0 && !seen.has(element) && isInlineScript(element)) {
        seen.add(element);
        seenMax -= 1;
        waiting.push(element);
      }
    }

    function noteBelow(node) {
      if (node.localName === "script") {
        note(node);
      } else if (node.querySelectorAll) {
        node.querySelectorAll("script").forEach(note);
      }
    }

    function hashComplete() {
      var complete = waiting.filter(isComplete);
      waiting = waiting.filter(function (element) { return complete.indexOf(element) < 0; });
      complete.forEach(function (element) {
        var nonce = element.nonce ? "nonce" : "";
        hashOf("sha256", encoder.encode(element.textContent)).then(function (hash) {
          hashes[hash] = nonce;
        });
      });
    }

    function send() {
      Object.keys(hashes).slice(0, hashesMax).forEach(function (hash) {
        hashesMax -= 1;
        count("inline-hash", { hash: hash, sample: hashes[hash] });
      });
      hashes = {};
      flush();
    }

    // An element that was empty runs when it gets its text, so what a text is added to counts as well.
    var observer = new MutationObserver(function (records) {
      records.forEach(function (record) {
        if (record.target.localName === "script") {
          note(record.target);
        }
        record.addedNodes.forEach(noteBelow);
      });
      hashComplete();
    });
    observer.observe(document, { childList: true, subtree: true });
    noteBelow(document);
    hashComplete();
    addEventListener("DOMContentLoaded", hashComplete);
    addEventListener("pagehide", send);

    function finishSoon() {
      setTimeout(function () {
        observer.disconnect();
        send();
      }, 5000);
    }
    if (document.readyState === "complete") {
      finishSoon();
    } else {
      addEventListener("load", finishSoon);
    }
  }

  // Without a secure context there is nothing to hash with.
  if (drawn("data-inline") && window.crypto && crypto.subtle) {
    watchInlineScripts();
  }
})();
