import { z } from 'zod';
import { LOG_LEVELS } from '#adapters/observe-pino';
import type { LogLevel } from '#adapters/observe-pino';
import { readTlsSetting } from '#adapters/sip-transport';
import type { TlsOptions } from '#adapters/sip-transport';
import {
  advertisingProblems,
  drachtioUrlSchema,
  settingProblems,
  signallingConfig,
  signallingSettings,
  unknownSettings,
} from '#contracts';
import type { DrachtioPlace, SignallingConfig } from '#contracts';
import { Fault } from '#domain';

const environmentSchema = z.object({
  CALLCAST_DRACHTIO_URL: drachtioUrlSchema,
  ...signallingSettings,
  CALLCAST_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

/** The settings of the signalling server. */
export interface SignalingConfig extends SignallingConfig {
  /** Where clients of the drachtio protocol are taken, and the secret that they must know. */
  readonly control: DrachtioPlace;
  readonly sip: SignallingConfig['sip'] & { readonly tls: TlsOptions | undefined };
  readonly logLevel: LogLevel;
}

/** Reads the settings. @throws Fault CONFIG_INVALID that names every problem, and no value. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): SignalingConfig {
  const parsed = environmentSchema.safeParse(environment);
  const problems = [...unknownSettings(environment), ...settingProblems(parsed.error?.issues)];
  const { CALLCAST_SIP_HOST: hosts = [], CALLCAST_ADVERTISED_ADDRESS: advertised = [] } =
    parsed.data ?? {};
  problems.push(...advertisingProblems(hosts, advertised));
  const tls = readTlsSetting(parsed.data?.CALLCAST_SIP_TLS, problems);
  if (!parsed.success || problems.length > 0) {
    throw new Fault('CONFIG_INVALID', { detail: problems.join('; ') });
  }
  const signalling = signallingConfig(parsed.data);
  return {
    ...signalling,
    control: parsed.data.CALLCAST_DRACHTIO_URL,
    sip: { ...signalling.sip, tls },
    logLevel: parsed.data.CALLCAST_LOG_LEVEL,
  };
}
