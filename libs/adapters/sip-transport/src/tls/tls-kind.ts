import { isIP } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { StreamKind } from '../transport/stream-kind.ts';
import { PeerContexts } from './peer-contexts.ts';
import { checkPeerIdentity } from './peer-identity.ts';
import { tlsFailure } from './tls-failure.ts';
import type { TlsListenOptions, TlsOptions } from './tls-options.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * SIP over TLS 1.2 and 1.3. A connection of ours is open once the peer's certificate was found to be valid and to
 * name the server asked for; there is no way to leave that out.
 *
 * @throws Error of OpenSSL when a certificate or a key cannot be used.
 */
export function tlsKind({ listen, peers }: TlsOptions): StreamKind {
  const contexts = new PeerContexts(peers);
  return {
    transport: 'tls',
    readyEvent: 'secureConnect',
    connect: ({ address, port, serverName = address }, localAddress) =>
      connect({
        host: address,
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        // An address is no server name indication (RFC 6066 section 3).
        ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
        secureContext: contexts.of(serverName),
        rejectUnauthorized: true,
        checkServerIdentity: (_host, certificate) => checkPeerIdentity(serverName, certificate),
      }),
    createServer: (accepted) => (listen === undefined ? undefined : serverOf(listen, accepted)),
    reasonOf: tlsFailure,
  };
}

function serverOf(
  { identity, clientCa }: TlsListenOptions,
  accepted: Parameters<StreamKind['createServer']>[0],
): ReturnType<StreamKind['createServer']> {
  const server = createServer({
    cert: identity.certificate,
    key: identity.key.reveal(),
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  });
  server.on('secureConnection', accepted);
  // A failed handshake is the peer's trouble; its socket is closed already.
  server.on('tlsClientError', () => undefined);
  return server;
}
