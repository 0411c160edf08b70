// One question by HTTP; what the server says against it is the error.

const MILLIS_MAX = 60_000;

export async function fetched(address, options = {}) {
  const answer = await fetch(address, { ...options, signal: AbortSignal.timeout(MILLIS_MAX) }).catch((error) => {
    throw new Error(`${new URL(address).origin}: ${error.cause?.message ?? error.message}`);
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status}: ${text.trim().slice(0, 2000)}`);
  return text;
}
