import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { TlsPeerOptions } from './tls-options.ts';

/** Chooses authorities and client certificate by the name of the peer. */
export class PeerContexts {
  readonly #public: SecureContext;
  readonly #peers: readonly (readonly [TlsPeerOptions, SecureContext])[];

  /** @throws Error of OpenSSL when a certificate or a key cannot be used. */
  constructor(peers: readonly TlsPeerOptions[]) {
    this.#public = contextOf({ domains: [] });
    this.#peers = peers.map((peer) => [peer, contextOf(peer)]);
  }

  /** The context of the peers that a host belongs to; a domain spelt out goes before one with `*`. */
  of(host: string): SecureContext {
    const name = host.toLowerCase().replace(/\.$/, '');
    const pattern = name.replace(/^[^.]+/, '*');
    const find = (wanted: string): SecureContext | undefined =>
      this.#peers.find(([{ domains }]) => domains.includes(wanted))?.[1];
    return find(name) ?? find(pattern) ?? this.#public;
  }
}

function contextOf({ ca, identity, minVersion = 'TLSv1.2' }: TlsPeerOptions): SecureContext {
  return createSecureContext({
    minVersion,
    ...(ca === undefined ? {} : { ca }),
    ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key.reveal() }),
  });
}
