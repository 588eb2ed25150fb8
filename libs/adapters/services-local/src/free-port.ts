import { createSocket } from 'node:dgram';
import { createServer, isIPv6 } from 'node:net';

const LOOPBACK = '127.0.0.1';
const MAX_TRIES = 200;

function listenOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(undefined));
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => settle(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function bindUdpOnce(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', () => {
      socket.close();
      settle(false);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.close(() => settle(true));
    });
  });
}

/** What a port is wanted for. */
export interface FreePortOptions {
  /** Address the port must be free on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Taken when free, else the next free one above. Default: any port. */
  readonly preferred?: number;
  /** Ask for the UDP port of the same number too, as SIP does. Default: false. */
  readonly alsoUdp?: boolean;
}

/** A TCP port that was free a moment ago. Another program may take it first: be ready to ask again. */
export async function findFreePort(options: FreePortOptions = {}): Promise<number> {
  const { host = LOOPBACK, preferred = 0, alsoUdp = false } = options;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const wanted = preferred === 0 ? 0 : preferred + tries;
    const port = await listenOnce(host, wanted);
    if (port === undefined) continue;
    if (!alsoUdp || (await bindUdpOnce(host, port))) return port;
  }
  throw new Error(`no free port on ${host} from ${preferred} on`);
}
