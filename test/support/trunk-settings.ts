import type { TrunkSettings } from '#domain';

/** Settings of a trunk without limits; fields are replaced by `fields`. */
export const trunkSettings = (fields: Partial<TrunkSettings> = {}): TrunkSettings => ({
  name: 'carrier',
  domain: 'sip.example.org',
  port: null,
  transport: null,
  outboundProxy: null,
  username: 'acme',
  authUsername: null,
  realms: null,
  from: {},
  register: false,
  registrar: null,
  codecs: null,
  srtp: null,
  maxCallsPerSecond: null,
  maxChannels: null,
  allowedPrefixes: null,
  enabled: true,
  ...fields,
});
