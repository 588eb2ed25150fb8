import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { RtmpTrust } from '../publish-contract.ts';
import { RtmpFailure } from '../rtmp-failure.ts';
import { failureOfTlsError } from './tls-failure.ts';

/** Older versions are broken, RFC 8996. */
export const MIN_TLS_VERSION = 'TLSv1.2';

/** What TLS is begun with. */
interface TlsStart {
  readonly tcp: Socket;
  /** Name or address that the certificate must be made out for. */
  readonly host: string;
  readonly trust: RtmpTrust | undefined;
}

/** Begins TLS on a connection, as a client that checks whom it speaks to. */
export function startTls(
  { tcp, host, trust }: TlsStart,
  done: (outcome: TLSSocket | RtmpFailure) => void,
): TLSSocket {
  // The TLS socket tells all errors.
  tcp.on('error', () => undefined);
  const socket = connect({
    socket: tcp,
    host,
    minVersion: MIN_TLS_VERSION,
    // Addresses must not be sent as server names, RFC 6066 section 3.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(trust === undefined ? {} : { secureContext: trust }),
  });
  const fail = (error: Error): void => {
    socket.off('close', onClose);
    // Late errors of a connection that is given up are nobody's.
    socket.on('error', () => undefined);
    socket.destroy();
    done(failureOfTlsError(error, host));
  };
  const onClose = (): void => {
    socket.off('error', fail);
    const detail = 'the server closed the connection instead of answering to TLS';
    done(new RtmpFailure('RTMP_TLS', detail));
  };
  socket.once('error', fail);
  socket.once('close', onClose);
  socket.once('secureConnect', () => {
    socket.off('error', fail);
    socket.off('close', onClose);
    done(socket);
  });
  return socket;
}
