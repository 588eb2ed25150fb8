import { Secret } from '#foundation';

/** The variable of the product itself: what it names is what a worker would be given. */
const VARIABLE = 'CALLCAST_DRACHTIO_URL';

/** Where a signalling server takes its clients. */
export interface GivenServer {
  readonly url: string;
  readonly controlAddress: { readonly host: string; readonly port: number };
  readonly secret: Secret;
}

/** The server that `npm run test:drachtio` was given; undefined in all other runs: each test starts ours. */
export function givenServer(): GivenServer | undefined {
  const url = process.env[VARIABLE];
  if (url === undefined) return undefined;
  const { hostname: host, port, password } = new URL(url);
  const secret = new Secret(decodeURIComponent(password));
  return { url, controlAddress: { host, port: Number(port) }, secret };
}
