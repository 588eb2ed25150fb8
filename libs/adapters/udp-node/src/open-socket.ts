import { createSocket } from 'node:dgram';
import type { Socket, SocketOptions } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Someone else has the port, or it may not be had. */
const TAKEN: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);

/**
 * Binds a UDP socket.
 *
 * @returns Undefined if the port is taken by someone else.
 */
export async function openSocket(host: string, port: number): Promise<Socket | undefined> {
  const type = isIPv6(host) ? 'udp6' : 'udp4';
  const socket = createSocket({ type, lookup: takeLiterally });
  return await new Promise((resolve, reject) => {
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      if (TAKEN.has(error.code ?? '')) resolve(undefined);
      else reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

/** Targets are addresses, never names: answering at once saves a turn of the event loop per packet. */
const takeLiterally: NonNullable<SocketOptions['lookup']> = (address, _options, callback) => {
  callback(null, address, isIPv6(address) ? 6 : 4);
};
