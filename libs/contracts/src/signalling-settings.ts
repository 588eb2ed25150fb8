import { z } from 'zod';
import { advertisedAddresses, advertisedFor, localAddresses } from './address-settings.ts';
import { dnsServersSchema } from './dns-servers.ts';

/** Largest payload of one UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

/** What a signalling server is told, as a process of its own or within a worker. */
export const signallingSettings = {
  CALLCAST_SIP_HOST: localAddresses.default(['127.0.0.1']),
  CALLCAST_SIP_PORT: z.coerce.number().int().min(0).max(65_535).default(5060),
  CALLCAST_SIP_OPTIONS_SECONDS: z.coerce.number().int().min(0).max(86_400).default(30),
  CALLCAST_SIP_TARGET_SECONDS: z.coerce.number().int().min(1).max(32).default(6),
  CALLCAST_DNS_SERVERS: dnsServersSchema.optional(),
  CALLCAST_SIP_TLS: z.string().min(1).optional(),
  CALLCAST_SIP_UDP_LIMIT: z.coerce.number().int().min(0).max(MAX_DATAGRAM_BYTES).default(1300),
  CALLCAST_ADVERTISED_ADDRESS: advertisedAddresses.default([]),
} as const;

type GivenSettings = z.output<z.ZodObject<typeof signallingSettings>>;

/** How a signalling server treats its peers. */
export interface SignallingConfig {
  readonly sip: {
    /** One address, or one of each IP version. */
    readonly host: readonly string[];
    readonly port: number;
    readonly advertisedAddress: readonly string[];
    /** Longest request for UDP, in bytes; 0 has no limit. */
    readonly udpLimitBytes: number;
  };
  /** How long the peer of a call over UDP may be silent before it gets OPTIONS; 0 for ever. */
  readonly optionsIntervalMs: number;
  /** How long a SIP target may be silent when there is another one. */
  readonly nextTargetAfterMs: number;
  /** Name servers to ask; unset: the system's. */
  readonly dnsServers: readonly string[] | undefined;
}

/** The settings in the units of the program. */
export const signallingConfig = (given: GivenSettings): SignallingConfig => ({
  sip: {
    host: given.CALLCAST_SIP_HOST,
    port: given.CALLCAST_SIP_PORT,
    advertisedAddress: given.CALLCAST_ADVERTISED_ADDRESS,
    udpLimitBytes: given.CALLCAST_SIP_UDP_LIMIT,
  },
  optionsIntervalMs: given.CALLCAST_SIP_OPTIONS_SECONDS * 1000,
  nextTargetAfterMs: given.CALLCAST_SIP_TARGET_SECONDS * 1000,
  dnsServers: given.CALLCAST_DNS_SERVERS,
});

/** One sentence for each address that is listened on and that peers could not be told. */
export const advertisingProblems = (
  hosts: readonly string[],
  advertised: readonly string[],
): string[] =>
  hosts
    .filter((host) => advertisedFor(host, advertised) === undefined)
    .map((host) => `CALLCAST_ADVERTISED_ADDRESS: must be set when listening on ${host}`);
