import type { Timers } from '#foundation';
import { TcpTransport } from './tcp-transport.ts';
import { UdpTransport } from './udp-transport.ts';
import type { LocalEndpoint, WireReceiver } from './wire.ts';

/** How often a port that is free for TCP only is given back for another one. */
const MAX_PORT_TRIES = 20;

/** The bound sockets of both transports, on one port number. */
export interface SipSockets {
  readonly udp: UdpTransport;
  readonly tcp: TcpTransport;
  readonly port: number;
}

/**
 * Binds UDP and TCP to the same port. TCP goes first: its port cannot be shared, while the UDP socket is opened to
 * sharing, so that two servers on one port number cannot come about.
 *
 * @throws the error of the system when the port is taken; with port 0 another one is tried.
 */
export async function openSipSockets(
  local: LocalEndpoint,
  options: { readonly receiver: WireReceiver; readonly timers: Timers },
): Promise<SipSockets> {
  for (let tries = 1; ; tries += 1) {
    const tcp = new TcpTransport(options);
    const udp = new UdpTransport(options);
    const port = await tcp.listen(local);
    try {
      await udp.bind({ host: local.host, port });
      return { udp, tcp, port };
    } catch (error) {
      await tcp.close();
      if (local.port !== 0 || tries >= MAX_PORT_TRIES) throw error;
    }
  }
}
