import type { Secret } from '#foundation';

/** A certificate chain and the key of its first certificate, in PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: Secret;
}

/** How TLS is spoken with the peers of some domains. */
export interface TlsPeerOptions {
  /** Hosts of the next hop, in small letters; `*.` in front stands for one label. */
  readonly domains: readonly string[];
  /** Authorities in PEM that are trusted instead of the public ones. */
  readonly ca?: string | undefined;
  /** What is shown to a peer that asks for a certificate. */
  readonly identity?: TlsIdentity | undefined;
  /** Default: TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/** How connections over TLS are taken. */
export interface TlsListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly identity: TlsIdentity;
  /** Authorities in PEM; peers must then show a certificate of one of them. */
  readonly clientCa?: string | undefined;
}

/** SIP over TLS. Without any of it connections of ours trust the public authorities, and none are taken. */
export interface TlsOptions {
  readonly listen?: TlsListenOptions | undefined;
  readonly peers: readonly TlsPeerOptions[];
}
