// An OpenID provider on a loopback port: certified software, people who are made up. Prints its port when it listens.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { redirectUri, clientSecret, port } = JSON.parse(process.argv[2]);

// What the provider says of whoever signs in: groups are what follows the name, as in "mila+desk-analysts".
const claimsOf = (login) => {
  const [name, ...groups] = login.split("+");
  return { sub: `subject of ${name}`, preferred_username: name, groups, email: `${name}@desk.example`, email_verified: !groups.includes("unverified") };
};

const signingKey = () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "RS256", use: "sig" };
};

const server = createServer();
server.listen(port, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: "stillwatch", client_secret: clientSecret, redirect_uris: [redirectUri], grant_types: ["authorization_code"], response_types: ["code"] }],
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email", "email_verified"] },
    conformIdTokenClaims: false, // claims in the ID token itself
    cookies: { keys: [randomUUID()] },
    jwks: { keys: [signingKey()] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, login) => ({ accountId: login, claims: () => claimsOf(login) }),
  });
  server.on("request", provider.callback());
  console.log(server.address().port);
});
process.stdin.on("end", () => process.exit()).resume(); // ends with whoever started it
