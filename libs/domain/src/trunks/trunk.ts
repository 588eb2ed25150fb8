import type { Secret } from '#foundation';
import type { AudioCodec, CallSpec } from '../calls/call-spec.ts';
import type { TrunkId } from '../ids.ts';

/** A SIP account and what goes with it, without its password. What is null is not set. */
export interface TrunkSettings {
  /** Unique within its app. */
  readonly name: string;
  /** Host of the addresses that are dialled through it. */
  readonly domain: string;
  /** Null: as the DNS says, or the usual one. */
  readonly port: number | null;
  /** Null: as the DNS says, or UDP. */
  readonly transport: 'udp' | 'tcp' | 'tls' | null;
  /** Next hop, `sip:` URI. */
  readonly outboundProxy: string | null;
  /** User of the account; null for a trunk that knows us by our address. */
  readonly username: string | null;
  /** User of the digest. Null: `username`. */
  readonly authUsername: string | null;
  /** Only challenges of these realms are answered. Null: of the first realm that asks. */
  readonly realms: readonly string[] | null;
  /** From of calls that name none. */
  readonly from: CallSpec['from'];
  /** Whether the account is registered while there are calls. */
  readonly register: boolean;
  /** Request-URI of REGISTER. Null: the domain, with port and transport. */
  readonly registrar: string | null;
  /** Of calls that name none. */
  readonly codecs: readonly AudioCodec[] | null;
  /** Of calls that name none. */
  readonly srtp: 'off' | 'preferred' | 'required' | null;
  /** INVITEs per second over all workers; they leave at least 1 / so many seconds apart. Null: no limit. */
  readonly maxCallsPerSecond: number | null;
  /** Calls at the same time over all workers. Null: no limit. */
  readonly maxChannels: number | null;
  /** What the user part of a dialled address has to begin with. Null: anything. */
  readonly allowedPrefixes: readonly string[] | null;
  /** Whether calls may use it. */
  readonly enabled: boolean;
}

/** What OPTIONS have found out. */
export interface TrunkHealth {
  readonly state: 'up' | 'down' | 'unknown';
  /** Since when it is so. */
  readonly since: Date;
  /** Of the last OPTIONS that was answered, in milliseconds; null before the first. */
  readonly roundTripMs: number | null;
  /** What was seen last, for people; null before anything. */
  readonly reason: string | null;
}

/** A trunk as it is stored, without its password. */
export interface TrunkRecord {
  readonly id: TrunkId;
  readonly appKey: string;
  /** Grows by one with every change of the settings. */
  readonly version: number;
  readonly settings: TrunkSettings;
  readonly hasPassword: boolean;
  readonly health: TrunkHealth;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A trunk with its password, for the node that is about to use it. */
export interface OpenedTrunk {
  readonly record: TrunkRecord;
  readonly password: Secret | null;
}

/** The address of the trunk itself: its domain, with port and transport. */
export function trunkUri({ domain, port, transport }: TrunkSettings, user?: string): string {
  const at = user === undefined ? '' : `${user}@`;
  const place = port === null ? domain : `${domain}:${port}`;
  return `sip:${at}${place}${transport === null ? '' : `;transport=${transport}`}`;
}

const IS_URI = /^sips?:/i;
const PARTS = /^sips?:(?:([^@]*)@)?(\[[^\]]*\]|[^:;?]*)/i;

/**
 * Why a trunk does not take an address, for people; undefined where it does.
 * @param to A SIP URI or a bare user, such as a number.
 */
export function destinationProblem(settings: TrunkSettings, to: string): string | undefined {
  const [, user = '', host = ''] = IS_URI.test(to) ? (PARTS.exec(to) ?? []) : ['', to, ''];
  const isElsewhere = host !== '' && host.toLowerCase() !== settings.domain.toLowerCase();
  // Whoever is dialled may ask for the login: it is shown to the trunk only.
  if (isElsewhere && settings.outboundProxy === null) {
    return `is not of the domain of the trunk, ${settings.domain}`;
  }
  const prefixes = settings.allowedPrefixes;
  if (prefixes === null || prefixes.some((prefix) => user.startsWith(prefix))) return undefined;
  return 'does not begin with one of the prefixes that the trunk allows';
}

const optional = <Name extends string, T>(
  name: Name,
  value: T | null | undefined,
): { readonly [N in Name]?: T } =>
  (value === null || value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: T };

/** What a call that goes out through a trunk says to the outside: login, proxy and addresses are those of the trunk. */
export function specThrough(settings: TrunkSettings, spec: CallSpec): CallSpec {
  const { to, from } = spec;
  const { username, domain } = settings;
  const user = from.user ?? settings.from.user ?? username;
  return {
    // A call with a trunk was stored without an account of its own.
    ...spec,
    ...accessOf(settings),
    to: IS_URI.test(to) ? to : trunkUri(settings, to),
    from: {
      ...optional('user', user),
      ...optional('displayName', from.displayName ?? settings.from.displayName),
      domain: from.domain ?? settings.from.domain ?? domain,
    },
  };
}

/** What a registration is made of. */
export type AccountSpec = Pick<CallSpec, 'from' | 'auth' | 'outboundProxy' | 'registrar'>;

/** The account of a trunk, whoever its calls say they are from; without a registrar where none is wanted. */
export function accountOfTrunk(settings: TrunkSettings): AccountSpec {
  const { register, registrar, username, domain } = settings;
  return {
    ...accessOf(settings),
    from: { ...optional('user', username), domain },
    ...optional('registrar', register ? (registrar ?? trunkUri(settings)) : null),
  };
}

function accessOf(settings: TrunkSettings): Pick<CallSpec, 'auth' | 'outboundProxy'> {
  const { username, authUsername, realms, outboundProxy } = settings;
  const login = username === null ? null : { username: authUsername ?? username };
  return {
    ...optional('auth', login && { ...login, ...optional('realms', realms) }),
    ...optional('outboundProxy', outboundProxy),
  };
}
