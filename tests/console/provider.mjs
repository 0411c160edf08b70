// A real OpenID provider (npm's oidc-provider), and people who log in to a console with it; prints a line of JSON for each
// attempt: what was tried, and what the console answered.
//
//     node provider.mjs TOOLS PORT CONSOLE
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [tools, port, origin] = process.argv.slice(2);
const require = createRequire(join(tools, "package.json"));
const { default: Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);

const issuer = `http://127.0.0.1:${port}`;
const PEOPLE = {
  ada: { email: "ada@shop.example", email_verified: true, groups: ["staff", "csp-admin"] },
  vera: { email: "vera@shop.example", email_verified: true, groups: "csp-viewer" },
  eve: { email: "eve@elsewhere.example", email_verified: true, groups: ["staff"] },
  mallory: { email: "ada@shop.example", email_verified: false, groups: ["csp-admin"] },
  // Claims that are not of the kind that they usually are.
  trudy: { email: "ada@shop.example", email_verified: "false", groups: ["csp-admin"] },
  olaf: { email: ["ada@shop.example"], email_verified: true, groups: ["csp-admin"] },
  rtl: { email: "\u202eada@shop.example", email_verified: true, groups: ["csp-admin"] },
  petra: { email: "petra@shop.example", email_verified: true, groups: { "csp-admin": true } },
  nested: { email: "nested@shop.example", email_verified: true, groups: [["csp-admin"], { 0: "csp-admin" }, "csp-admin "] },
};
// Who sits at the provider's login, and for how many seconds its tokens are valid.
let person = "ada";
let validity = 600;

const provider = new Provider(issuer, {
  clients: [{
    client_id: "console",
    client_secret: "a secret of the console",
    redirect_uris: [`${origin}/oidc/callback`],
  }],
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a key of the test"] },
  features: { devInteractions: { enabled: false } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  loadExistingGrant: async (context) => {
    const grant = new context.oidc.provider.Grant({
      clientId: context.oidc.client.clientId,
      accountId: context.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  ttl: { IdToken: () => validity, AccessToken: 600, Grant: 600, Interaction: 600, Session: 600 },
});
provider.use(async (context, next) => {
  if (!context.path.startsWith("/interaction/")) return next();
  await provider.interactionFinished(context.req, context.res, { login: { accountId: person } });
  context.respond = false;
});
const server = provider.listen(Number(port), "127.0.0.1");

const say = (line) => console.log(JSON.stringify(line));

// A browser: it keeps cookies by host and port, and follows redirects until `stop` says so.
class Browser {
  jar = new Map();

  async get(address, stop = () => false) {
    for (let hops = 0; hops < 20; hops += 1) {
      const { host } = new URL(address);
      const own = this.jar.get(host) ?? new Map();
      const cookie = [...own].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await fetch(address, { redirect: "manual", headers: cookie ? { cookie } : {} });
      for (const set of answer.headers.getSetCookie()) {
        const [pair] = set.split(";");
        const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
        if (value === "" || /Max-Age=0/i.test(set)) own.delete(name);
        else own.set(name, value);
      }
      this.jar.set(host, own);
      const location = answer.headers.get("location");
      if (!location || stop(location)) return { status: answer.status, location, text: await answer.text(), address };
      address = new URL(location, address).href;
    }
    throw new Error("it goes in circles");
  }

  // To the provider and back, up to the address that leads to the console again; `change` alters what is asked there.
  async back(change = (address) => address) {
    const start = await this.get(`${origin}/oidc/start?next=/system`, (location) => location.startsWith(issuer));
    const asked = new URL(start.location);
    change(asked.searchParams);
    const there = await this.get(asked.href, (location) => location.startsWith(`${origin}/oidc/callback`));
    return there.location;
  }
}

async function tried(what, attempt) {
  const { status, text, address } = await attempt();
  const name = /class="who">([^<]*)/.exec(text)?.[1]?.trim() ?? "";
  const role = /class="role">([^<]*)/.exec(text)?.[1] ?? "";
  const words = /<main[^>]*>(.*)<\/main>/s.exec(text)?.[1]?.replace(/<[^>]*>/g, " ") ?? text;
  say({ what, status, name, role, path: new URL(address).pathname, words: words.slice(0, 300) });
}

try {
  for (const who of Object.keys(PEOPLE)) {
    person = who;
    await tried(`as ${who}`, async () => {
      const browser = new Browser();
      return browser.get(await browser.back());
    });
  }
  person = "ada";
  await tried("another browser's code", async () => {
    const callback = await new Browser().back();
    const victim = new Browser();
    await victim.back();
    return victim.get(callback);
  });
  await tried("the same code again", async () => {
    const browser = new Browser();
    const callback = await browser.back();
    await browser.get(callback);
    return browser.get(callback);
  });
  await tried("another state", async () => {
    const browser = new Browser();
    const callback = new URL(await browser.back());
    callback.searchParams.set("state", "made-up");
    return browser.get(callback.href);
  });
  await tried("another nonce", async () => {
    const browser = new Browser();
    return browser.get(await browser.back((asked) => asked.set("nonce", "made-up")));
  });
  await tried("another PKCE challenge", async () => {
    const browser = new Browser();
    return browser.get(await browser.back((asked) => asked.set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")));
  });
  await tried("a made-up code", async () => {
    const browser = new Browser();
    const callback = new URL(await browser.back());
    callback.searchParams.set("code", "made-up");
    return browser.get(callback.href);
  });
  await tried("an error of the provider", async () => {
    const browser = new Browser();
    return browser.get(await browser.back((asked) => asked.set("prompt", "none")));
  });
  validity = -60;
  await tried("an expired token", async () => {
    const browser = new Browser();
    return browser.get(await browser.back());
  });
} catch (error) {
  say({ fault: String(error.stack) });
} finally {
  server.close();
  server.closeAllConnections();
}
